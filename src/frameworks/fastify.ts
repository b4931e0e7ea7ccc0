import diagnosticsChannel from 'node:diagnostics_channel';
import { reportFollowed, reportUnfollowed } from '../hooks/followed.js';
import { setRoute } from '../http/route.js';

/** Published by Fastify 4 and 5 with each instance that is made, also inside a bundle. */
const CHANNEL = 'fastify.initialization';
const MAJORS = [4, 5];

interface FastifyRequest {
  /** Node's own. */
  readonly raw: object;
  readonly is404?: boolean;
  /** From 4.10 on. */
  readonly routeOptions?: { readonly url?: unknown };
  /** Before that. */
  readonly routerPath?: unknown;
}

type OnRequest = (request: FastifyRequest, reply: unknown, done: () => void) => void;

interface FastifyInstance {
  readonly version?: unknown;
  readonly addHook?: (name: 'onRequest', hook: OnRequest) => unknown;
}

/** Says the routes of Fastify. @returns Ends it: instances that are made later are left as they are. */
export function followFastify(): () => void {
  diagnosticsChannel.subscribe(CHANNEL, followInstance);
  return () => void diagnosticsChannel.unsubscribe(CHANNEL, followInstance);
}

function followInstance(message: unknown): void {
  const { fastify } = message as { readonly fastify: FastifyInstance };
  const version = String(fastify.version);
  const problem = describeProblem(fastify, version);
  if (problem !== undefined) {
    return reportUnfollowed('fastify', version, problem, 'its requests are counted as <unmatched>');
  }
  // The first of its hooks: also what an application's own hook refuses has its route.
  fastify.addHook?.('onRequest', noteRoute);
  reportFollowed('fastify', version);
}

function describeProblem({ addHook }: FastifyInstance, version: string): string | undefined {
  if (!MAJORS.includes(Number.parseInt(version, 10))) return `versions ${MAJORS.join(', ')} are`;
  return typeof addHook === 'function' ? undefined : 'it has no addHook';
}

function noteRoute(request: FastifyRequest, _reply: unknown, done: () => void): void {
  // A handler of 404s has a route of its own.
  if (request.is404 !== true) {
    const url = request.routeOptions === undefined ? request.routerPath : request.routeOptions.url;
    if (typeof url === 'string') setRoute(request.raw, url === '' ? '/' : url);
  }
  done();
}
