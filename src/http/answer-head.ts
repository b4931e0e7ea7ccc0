import { readApplicationId } from './request-id.js';

const SWITCHING_PROTOCOLS = 101;
// Clients take a bare line feed, too.
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r?\n/;
/** `103 Early Hints` and its like: the answer is still to come. */
const INTERIM_HEAD = /^HTTP\/1\.[01] 1(?!01)\d\d[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n/;
const INTERIM_STATUS = /^HTTP\/1\.[01] 1(?!01)/;
/** What a status line begins with; fewer bytes may still become one. */
const START = 'HTTP/1.';
const BLANK_LINE = /\n(\r?\n)/;
/** What is longer is sent on unread. */
const MAX_HEAD_CHARS = 65_536;

/** Reads the head of an answer that is written to a socket in pieces, and puts the request id into it. */
export class AnswerHead {
  /** Known when the status line is. What is not HTTP is taken as 101. */
  status: number | undefined = undefined;
  /** Nothing more is to be read: the head is whole, or there will be none. */
  isComplete = false;
  readonly #scope: { requestId: string };
  #text = '';

  /** @param scope Where the request id is; one that the application has written itself takes its place. */
  constructor(scope: { requestId: string }) {
    this.#scope = scope;
  }

  /** @returns What is to be sent in place of `chunk`. */
  read(chunk: unknown): unknown {
    const isBytes = chunk instanceof Uint8Array;
    if (typeof chunk !== 'string' && !isBytes) return this.#giveUp(chunk);
    const piece = isBytes ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1') : chunk;
    this.#text += piece;
    this.#readStatus();
    const before = this.#text.length - piece.length;
    // Not HTTP: a protocol that the client and the server agreed on beforehand.
    if (!this.#mayBeHead()) return this.#giveUp(chunk);
    const blank = BLANK_LINE.exec(this.#text);
    if (blank === null || this.status === undefined) {
      return this.#text.length > MAX_HEAD_CHARS ? this.#giveUp(chunk) : chunk;
    }
    this.isComplete = true;
    const own = /\nx-request-id:[ \t]*([^\r\n]*)/i.exec(this.#text.slice(0, blank.index));
    if (own !== null) {
      this.#scope.requestId = readApplicationId(own[1]?.trim()) ?? this.#scope.requestId;
      return chunk;
    }
    // Before the blank line, where not even a part of that is sent already.
    const at = blank.index + 1 - before;
    if (at < 0) return chunk;
    const added = `${piece.slice(0, at)}X-Request-ID: ${this.#scope.requestId}\r\n${piece.slice(at)}`;
    return isBytes ? Buffer.from(added, 'latin1') : added;
  }

  #readStatus(): void {
    if (this.status !== undefined) return;
    this.#text = this.#text.replace(INTERIM_HEAD, '');
    const match = INTERIM_STATUS.test(this.#text) ? null : STATUS_LINE.exec(this.#text);
    if (match !== null) this.status = Number(match[1]);
  }

  #mayBeHead(): boolean {
    if (this.status !== undefined) return true;
    return this.#text.length < START.length ? START.startsWith(this.#text) : this.#text.startsWith(START);
  }

  #giveUp(chunk: unknown): unknown {
    this.isComplete = true;
    this.status ??= SWITCHING_PROTOCOLS;
    return chunk;
  }
}
