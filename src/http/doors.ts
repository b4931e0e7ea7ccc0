import type { IncomingHttpHeaders } from 'node:http';

/** A page as a text, for whichever server it is sent by. */
export interface PageText {
  readonly status: number;
  /** Value of the `content-type` header. */
  readonly contentType: string;
  readonly body: string;
}

/** What the preload does for the public API, in whichever copy of the package that is. */
export interface Doors {
  readonly setRoute: (request: object, template: string) => void;
  /** The application's own server has answered this request with a page of ours. */
  readonly noteServed: (request: object, path: string) => void;
  /** Absent where nobody asks for metrics. Never rejects. */
  readonly answerMetrics?: ((headers: IncomingHttpHeaders) => PageText | Promise<PageText>) | undefined;
}

// Symbol.for: an application's bundle may hold a copy of this package, which is not the one that was preloaded.
const DOORS = Symbol.for('barbossa-telemetry.doors');
const shared = globalThis as { [DOORS]?: Doors | undefined };

/** To be called by the preload. @returns Shuts them again. */
export function openDoors(doors: Doors): () => void {
  shared[DOORS] = doors;
  return () => {
    if (shared[DOORS] === doors) shared[DOORS] = undefined;
  };
}

/** Undefined without the preload. */
export function getDoors(): Doors | undefined {
  return shared[DOORS];
}

/**
 * Says which route takes a request, for servers whose routes nobody knows: a router of one's own on `node:http`, an
 * application in a bundle. The last word before the answer is the request's `endpoint` in metrics. The first 200 different
 * templates of a process count as they are, all others as `other`. Does nothing without the preload.
 * @param request Node's own `IncomingMessage`: `request.raw` in Fastify, `ctx.req` in Koa, `c.env.incoming` in Hono.
 * @param template The route with the path that it is mounted at, without ids: `/api/tracks/:id`.
 * @throws TypeError where `request` is no object, or `template` no text.
 */
export function sayRoute(request: object, template: string): void {
  const given: unknown = request;
  if (typeof given !== 'object' || given === null) {
    throw new TypeError("setRoute: request must be Node's own");
  }
  if (typeof template !== 'string' || template.trim() === '') {
    throw new TypeError('setRoute: template must be a text that is not blank');
  }
  getDoors()?.setRoute(request, template);
}
