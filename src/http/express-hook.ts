import { getExchange } from './exchange.js';

/**
 * Which route took a request, as a template with its mount paths. Express keeps the mount path only as the
 * text that matched (`req.baseUrl`), so the paths are noted where layers are made, and followed while the
 * request goes down into a router and comes out of it again.
 */
type Next = (error?: unknown) => void;
type Handle = (this: Layer, req: object, res: object, next: Next) => unknown;
type LayerConstructor = new (path: unknown, ...rest: unknown[]) => Layer;

interface Layer {
  [PATH]?: string;
  route?: unknown;
}

const PATH = Symbol('barbossa-telemetry.path');
const PATCHED = Symbol('barbossa-telemetry.patched');

/**
 * Patches the Layer constructor of Express 4 (`express/lib/router/layer.js`) or Express 5 (`router/lib/layer.js`).
 * @returns The constructor to use in its place; what is not a constructor comes back as it was.
 */
export function patchLayer(original: unknown): unknown {
  if (typeof original !== 'function' || isPatched(original)) return original;
  const prototype = original.prototype as Record<string, Handle>;
  const name = ['handle_request', 'handleRequest'].find((key) => typeof prototype[key] === 'function');
  const handle = name === undefined ? undefined : prototype[name];
  if (name === undefined || handle === undefined) return original;
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
  layer[PATH] = describePath(path);
  return layer;
}

function followMount(original: Handle): Handle {
  return function handle(req, res, next) {
    const path = this[PATH];
    if (path === undefined || path === '/' || this.route !== undefined) return original.call(this, req, res, next);
    const exchange = getExchange(req);
    if (exchange === undefined) return original.call(this, req, res, next);
    const outer = exchange.mountPath;
    exchange.mountPath = joinPaths(outer, path);
    return original.call(this, req, res, (error) => {
      exchange.mountPath = outer;
      next(error);
    });
  };
}

/** Patches `Route.prototype.dispatch`, through which every request goes that a route takes. */
export function patchRoute(original: unknown): unknown {
  if (typeof original !== 'function' || isPatched(original)) return original;
  const prototype = original.prototype as { dispatch?: (req: object, res: object, done: Next) => unknown };
  const originalDispatch = prototype.dispatch;
  if (typeof originalDispatch !== 'function') return original;
  // Express 4 names a route's layer after this function, and others know it by that name.
  prototype.dispatch = function dispatch(this: { path?: unknown }, req, res, done) {
    const exchange = getExchange(req);
    if (exchange === undefined) return originalDispatch.call(this, req, res, done);
    const before = exchange.route;
    const route = joinPaths(exchange.mountPath, describePath(this.path));
    exchange.route = route;
    return originalDispatch.call(this, req, res, (error) => {
      // A route that passes the request on has not taken it yet. An error is its own.
      if (error === undefined || error === null || error === 'route' || error === 'router') {
        exchange.route = before;
        exchange.passedRoute = route;
      }
      done(error);
    });
  };
  return original;
}

function isPatched(target: object): boolean {
  const marked = target as { [PATCHED]?: boolean };
  if (marked[PATCHED] === true) return true;
  Object.defineProperty(marked, PATCHED, { value: true });
  return false;
}

/** A path as it was given to Express: text, a regular expression, or several of them. */
function describePath(path: unknown): string {
  if (Array.isArray(path)) return path.map(describePath).join(',');
  return path instanceof RegExp ? String(path) : typeof path === 'string' ? path : '';
}

/** `/api` and `/tracks/:id` are `/api/tracks/:id`; a root below a mount path adds nothing. */
function joinPaths(mount: string, path: string): string {
  if (mount === '' || mount === '/') return path === '' ? '/' : path;
  if (path === '' || path === '/') return mount;
  return (mount.endsWith('/') ? mount.slice(0, -1) : mount) + (path.startsWith('/') ? path : `/${path}`);
}
