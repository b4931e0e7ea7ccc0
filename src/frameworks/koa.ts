import type { ReportMissing } from '../hooks/followed.js';
import { alike } from '../hooks/method.js';
import { markPatched } from '../hooks/patched.js';
import { askRoute } from '../http/route.js';

interface KoaContext {
  /** Node's own. */
  readonly req: object;
  /** Of @koa/router and koa-router: the path of the route that took the request, with its prefix. */
  readonly _matchedRoute?: unknown;
}

type HandleRequest = (this: unknown, context: KoaContext, ...rest: unknown[]) => unknown;

/** Patches `Application.prototype.handleRequest` of Koa (`lib/application.js`). The route is asked for at the end. */
export function patchKoa(exports: unknown, reportMissing: ReportMissing = () => {}): unknown {
  const prototype = (exports as { readonly prototype?: { handleRequest?: HandleRequest } } | undefined)?.prototype;
  const original = prototype?.handleRequest;
  if (prototype === undefined || typeof original !== 'function') {
    reportMissing('Application.handleRequest');
    return exports;
  }
  if (markPatched(prototype)) return exports;
  prototype.handleRequest = alike(original, function handleRequest(this: unknown, context, ...rest) {
    askRoute(context.req, () => describeRoute(context));
    return original.call(this, context, ...rest);
  });
  return exports;
}

function describeRoute({ _matchedRoute: path }: KoaContext): string | undefined {
  if (path instanceof RegExp) return String(path);
  return typeof path === 'string' && path !== '' ? path : undefined;
}
