import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { describeError, hideCredentials } from '../diagnostics/diag.js';

/** A header that is sent several times is a list. */
type AnswerHeaders = Readonly<Record<string, string | string[]>>;

/** What is answered to a request. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Headers beside those that every answer has. */
  readonly headers?: AnswerHeaders;
  /** Takes the answer over behind `body`, and ends it: for what is sent as it happens. */
  readonly follow?: (response: ServerResponse) => void;
}

/** One page of the admin server, for GET and HEAD. */
export interface Route {
  /** Exact path, `/metrics`; query strings are ignored. */
  readonly path: string;
  /** One line for the index page: what is served there. Empty: it is not listed. */
  readonly about: string;
  /** Makes the answer. Throwing or rejecting answers 500; taking longer than `answerMs` answers 503. */
  readonly answer: (headers: IncomingHttpHeaders) => Answer | Promise<Answer>;
  /** What those get who have not logged in, where a login is asked for. Default: nothing. */
  readonly outline?: () => Answer | Promise<Answer>;
}

/** One line of plain text. */
export function answerText(status: number, line: string, headers: AnswerHeaders = {}): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n`, headers };
}

/** A JSON document. */
export function answerJson(status: number, document: unknown): Answer {
  return { status, contentType: 'application/json', body: JSON.stringify(document) };
}

const MAX_REASON_CHARS = 200;

/** Why something failed: one line, at most 200 characters, without a stack and without credentials in URLs. */
export function describeReason(error: unknown): string {
  const line = hideCredentials(describeError(error).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')).trim();
  return line.length > MAX_REASON_CHARS ? `${line.slice(0, MAX_REASON_CHARS - 1)}…` : line;
}
