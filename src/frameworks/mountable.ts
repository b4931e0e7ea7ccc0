import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PageText } from '../http/doors.js';

/** Fastify's request, as far as it is needed. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}

/** Fastify's reply, as far as it is needed. */
export interface FastifyReplyLike {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body: string): unknown;
}

/** Koa's context, as far as it is needed. */
export interface KoaContextLike {
  readonly req: IncomingMessage;
  status: number;
  body: unknown;
  set(headers: Record<string, string>): unknown;
}

/** Hono's context, as far as it is needed. */
export interface HonoContextLike {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
}

/** Pages that an application's own server may serve, in the way of its framework. */
export interface Mountable {
  /** A middleware of Express or Connect, or of no framework: without `next`, what is none of the pages is a 404. */
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** A handler of Fastify. */
  (request: FastifyRequestLike, reply: FastifyReplyLike): void;
  /** A middleware of Koa. */
  (context: KoaContextLike, next: () => Promise<unknown>): Promise<void>;
  /** A middleware or handler of Hono. */
  (context: HonoContextLike, next: () => Promise<void>): Promise<Response | void>;
}

/** A request for a page, whichever framework it has come through. */
export interface PageRequest {
  readonly method: string;
  /** Without the query, and without the path that the page is mounted at. */
  readonly path: string;
  /** What Express has taken off; empty elsewhere. */
  readonly mountPath: string;
  /** A route of the application has it, or has had it and passed it on: the path may have a prefix. */
  readonly isRouted: boolean;
  /** There is nobody to pass it on to: it was meant for us, whatever its path. */
  readonly isLast: boolean;
  readonly accept: string | undefined;
  /** Node's own; undefined in a server that has none. */
  readonly incoming: object | undefined;
}

/** Gives the page that is asked for; undefined for what is to be passed on. */
export type FindPage = (request: PageRequest) => Promise<PageText> | undefined;

type GoOn = (error?: unknown) => void;

/** Makes pages mountable in every framework that we know: the form of the arguments says which one it is. */
export function makeMountable(find: FindPage): Mountable {
  const serve = (first: unknown, second: unknown, next?: GoOn): unknown => {
    const { raw, req, env } = first as { raw?: unknown; req?: { raw?: unknown }; env?: unknown };
    if (raw !== undefined) return serveFastify(find, first as FastifyRequestLike, second as FastifyReplyLike);
    if (typeof second !== 'function') return serveNode(find, first as IncomingMessage, second as ServerResponse, next);
    const goOn = second as () => Promise<unknown>;
    if (req?.raw !== undefined) return serveHono(find, (req as { raw: Request }).raw, env, goOn);
    return serveKoa(find, first as KoaContextLike, goOn);
  };
  return serve as Mountable;
}

function serveNode(find: FindPage, request: IncomingMessage, response: ServerResponse, next?: GoOn): void {
  const { baseUrl, route } = request as { baseUrl?: unknown; route?: unknown };
  const mountPath = typeof baseUrl === 'string' ? baseUrl : '';
  const page = find(describe(request, { mountPath, isRouted: route !== undefined, isLast: next === undefined }));
  if (page === undefined && next !== undefined) return next();
  const send = ({ status, contentType, body }: PageText): void => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, { ...HEADERS, 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
    // Node leaves the body of an answer to HEAD out.
    response.end(body);
  };
  if (page === undefined) send(NOT_FOUND);
  else void page.then(send, next);
}

function serveFastify(find: FindPage, { raw }: FastifyRequestLike, reply: FastifyReplyLike): void {
  const page = find(describe(raw, { isRouted: true, isLast: true })) ?? Promise.resolve(NOT_FOUND);
  void page.then(({ status, contentType, body }) => {
    reply.code(status);
    reply.headers({ ...HEADERS, 'content-type': contentType });
    reply.send(body);
  });
}

async function serveKoa(find: FindPage, context: KoaContextLike, next: () => Promise<unknown>): Promise<void> {
  const page = find(describe(context.req, { isRouted: '_matchedRoute' in context }));
  if (page === undefined) return void (await next());
  const { status, contentType, body } = await page;
  context.status = status;
  context.set({ ...HEADERS, 'content-type': contentType });
  context.body = body;
}

async function serveHono(
  find: FindPage,
  request: Request,
  env: unknown,
  next: () => Promise<unknown>,
): Promise<Response | void> {
  const accept = request.headers.get('accept') ?? undefined;
  const { incoming } = (env ?? {}) as { incoming?: object };
  const path = new URL(request.url).pathname;
  const page = find({ method: request.method, path, mountPath: '', isRouted: false, isLast: false, accept, incoming });
  if (page === undefined) return void (await next());
  const { status, contentType, body } = await page;
  return new Response(body, { status, headers: { ...HEADERS, 'content-type': contentType } });
}

function describe(
  request: IncomingMessage,
  { mountPath = '', isRouted, isLast = false }: { mountPath?: string; isRouted: boolean; isLast?: boolean },
): PageRequest {
  const path = (request.url ?? '/').replace(/[?#].*$/s, '');
  const { accept } = request.headers;
  return { method: request.method ?? 'GET', path, mountPath, isRouted, isLast, accept, incoming: request };
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;
const NOT_FOUND: PageText = { status: 404, contentType: 'text/plain; charset=utf-8', body: 'not found\n' };
