import type { IncomingMessage, ServerResponse } from 'node:http';
import { warnOnce } from '../diagnostics/diag.js';
import { DeadlineError, withDeadline } from '../timing/deadline.js';
import type { HostCheck } from './host-check.js';
import type { LoginCheck } from './login.js';
import { sendAnswer } from './respond.js';
import { answerText, describeReason, type Answer, type Route } from './route.js';

/** Limits for one request. */
export interface RequestLimits {
  /** Longest time that a route may take for its answer, in milliseconds. Default: 12,000. */
  readonly answerMs: number;
  /** Longest time that a client may take to receive an answer, in milliseconds. Default: 10,000. */
  readonly sendMs: number;
  /** Largest request body that is read and dropped, in bytes; beyond it the connection is cut. Default: 65,536. */
  readonly maxBodyBytes: number;
}

/** Who is answered. */
export interface Access {
  readonly checkHost: HostCheck;
  /** Absent: nobody is asked for a login. */
  readonly checkLogin?: LoginCheck | undefined;
}

/** A listener for `request` events that answers from `routes`. It never throws into the server. */
export function makeRequestHandler(
  routes: readonly Route[],
  access: Access,
  limits: RequestLimits,
): (request: IncomingMessage, response: ServerResponse) => void {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  return (request, response) => {
    // No Node that we know tells here of a client that has gone; if one does, an unheard 'error' would end the process.
    response.on('error', () => {});
    dropBody(request, limits.maxBodyBytes);
    void findAnswer(request, byPath, access, limits.answerMs)
      .then((answer) => sendAnswer(request, response, answer, limits.sendMs))
      .catch((error: unknown) => {
        warnOnce('admin:send', `the admin server could not send an answer: ${describeReason(error)}`);
        request.socket.destroy();
      });
  };
}

async function findAnswer(
  request: IncomingMessage,
  routes: ReadonlyMap<string, Route>,
  { checkHost, checkLogin }: Access,
  answerMs: number,
): Promise<Answer> {
  const foreign = checkHost(request);
  if (foreign !== undefined) return foreign;
  const route = routes.get(pathOf(request.url ?? '/'));
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const denied = await checkLogin?.(request);
  if (denied !== undefined) {
    const outline = isRead ? route?.outline : undefined;
    return route === undefined || outline === undefined ? denied : askRoute(route.path, outline, answerMs);
  }
  if (!isRead) return answerText(405, 'only GET and HEAD are served here', { allow: 'GET, HEAD' });
  if (route === undefined) return answerText(404, 'not found; / lists what is served here');
  return askRoute(route.path, () => route.answer(request.headers), answerMs);
}

async function askRoute(path: string, ask: () => Answer | Promise<Answer>, answerMs: number): Promise<Answer> {
  try {
    return await withDeadline(ask, answerMs, `no answer within ${answerMs} ms`);
  } catch (error) {
    const reason = describeReason(error);
    warnOnce(`admin:route:${path}`, `${path} of the admin server failed: ${reason}`);
    return answerText(error instanceof DeadlineError ? 503 : 500, reason);
  }
}

/** The path of a request target, also of one in absolute form (RFC 9112, 3.2.2). */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return path === '' ? '/' : path;
}

/** Reads a request's body to its end, so that the next request on the connection is found, but not without bound. */
function dropBody(request: IncomingMessage, maxBytes: number): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) request.socket.destroy();
  });
}
