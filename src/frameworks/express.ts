import type { ReportMissing } from '../hooks/followed.js';
import { alike } from '../hooks/method.js';
import { markPatched } from '../hooks/patched.js';
import { createPrivateField } from '../hooks/private-field.js';
import { getExchange, type Exchange } from '../http/exchange.js';
import { getRoute, passRoute, setRoute } from '../http/route.js';
import { afterMount, enterMount, findMount, joinPaths, pathOf, type Located, type Mount } from './express-mount.js';

/**
 * Which route took a request, as a template with its mount paths. Express keeps the mount path only as the
 * text that matched (`req.baseUrl`), so the paths are noted where layers are made, and followed while the
 * request goes down into a router and comes out of it again.
 */
type Next = (error?: unknown) => void;
type Handle = (this: Layer, req: Located, res: object, next: Next) => unknown;
type LayerConstructor = new (path: unknown, ...rest: unknown[]) => Layer;

interface Layer {
  route?: unknown;
}

/** The path that a layer was made for. */
const paths = createPrivateField<string>();

/**
 * Patches the Layer constructor of Express 4 (`express/lib/router/layer.js`) or Express 5 (`router/lib/layer.js`).
 * @returns The constructor to use in its place; what is not a constructor comes back as it was.
 */
export function patchLayer(original: unknown, reportMissing: ReportMissing = () => {}): unknown {
  if (typeof original !== 'function') {
    reportMissing('class');
    return original;
  }
  if (markPatched(original)) return original;
  const prototype = original.prototype as Record<string, Handle>;
  const name = ['handle_request', 'handleRequest'].find((key) => typeof prototype[key] === 'function');
  const handle = name === undefined ? undefined : prototype[name];
  if (name === undefined || handle === undefined) {
    reportMissing('handle_request');
    return original;
  }
  prototype[name] = followMount(handle);
  const patched: LayerConstructor = new Proxy(original as unknown as LayerConstructor, {
    // Express calls Layer with and without `new`.
    apply: (target, _self, args: [unknown, ...unknown[]]) => notePath(new target(...args), args[0]),
    // With a Proxy for its `new.target` each layer would have a hidden class of its own, which Express' router then pays for.
    construct: (target, args: [unknown, ...unknown[]], newTarget) =>
      notePath(Reflect.construct(target, args, newTarget === patched ? target : newTarget) as Layer, args[0]),
  });
  return patched;
}

function notePath(layer: Layer, path: unknown): Layer {
  paths.put(layer, describePath(path));
  return layer;
}

function followMount(original: Handle): Handle {
  return alike(original, function handle(this: Layer, req: Located, res: object, next: Next) {
    const path = paths.read(this);
    if (path === undefined || path === '/' || this.route !== undefined) return original.call(this, req, res, next);
    const exchange = getExchange(req);
    if (exchange === undefined) return original.call(this, req, res, next);
    const mount = enterMount(exchange.place as Mount | undefined, this, path, req);
    const inner = comeOut(exchange, mount, next);
    exchange.place = mount;
    return original.call(this, req, res, inner);
  });
}

/** What the application gets as `next` within a mount. */
function comeOut(exchange: Exchange, mount: Mount, goOn: Next): Next {
  const outer = exchange.place as Mount | undefined;
  return function next(error) {
    exchange.place = afterMount(outer, mount);
    goOn(error);
  };
}

/** Patches `Route.prototype.dispatch`, through which every request goes that a route takes. */
export function patchRoute(original: unknown, reportMissing: ReportMissing = () => {}): unknown {
  if (typeof original !== 'function') {
    reportMissing('class');
    return original;
  }
  if (markPatched(original)) return original;
  const prototype = original.prototype as { dispatch?: (req: Located, res: object, done: Next) => unknown };
  const originalDispatch = prototype.dispatch;
  if (typeof originalDispatch !== 'function') {
    reportMissing('dispatch');
    return original;
  }
  // Express 4 names a route's layer after this function, and others know it by that name.
  prototype.dispatch = function dispatch(this: { path?: unknown }, req, res, done) {
    const before = getRoute(req);
    const mount = findMount(getMount(req), pathOf(req.url));
    const route = joinPaths(mount?.path ?? '', describePath(this.path));
    setRoute(req, route);
    return originalDispatch.call(this, req, res, (error) => {
      // A route that passes the request on has not taken it yet. An error is its own.
      const isPassed = error === undefined || error === null || error === 'route' || error === 'router';
      if (isPassed) passRoute(req, route, before);
      done(error);
    });
  };
  return original;
}

/** Mount path of the routers that a request is inside of, as templates; empty outside of them. */
export function getMountPath(request: object): string {
  return getMount(request)?.path ?? '';
}

/** The innermost of them. */
function getMount(request: object): Mount | undefined {
  return getExchange(request)?.place as Mount | undefined;
}

/** A path as it was given to Express: text, a regular expression, or several of them. */
function describePath(path: unknown): string {
  if (Array.isArray(path)) return path.map(describePath).join(',');
  return path instanceof RegExp ? String(path) : typeof path === 'string' ? path : '';
}
