import type { ReportMissing } from '../hooks/followed.js';
import { alike } from '../hooks/method.js';
import { markPatched } from '../hooks/patched.js';
import { setActiveRoute } from '../http/route.js';

/** Parameters of a handler that goes on to the next one: a middleware. Hono's own helpers tell them apart by it. */
const MIDDLEWARE_PARAMETERS = 2;
const ANY_METHOD = 'ALL';

type Matched = readonly [
  handler: readonly [run: { readonly length: number }, route: { readonly method: string; readonly path: string }],
  ...rest: unknown[],
];
type Match = (this: Router, method: string, path: string) => readonly [readonly Matched[], ...unknown[]];

interface Router {
  match: Match;
}

/** Patches `SmartRouter.prototype.match` of Hono (`router/smart-router/router.js`), which each request is asked of. */
export function patchHono(exports: unknown, reportMissing: ReportMissing = () => {}): unknown {
  const { prototype } = (exports as { readonly SmartRouter?: { readonly prototype?: Router } }).SmartRouter ?? {};
  const original = prototype?.match;
  if (prototype === undefined || typeof original !== 'function') {
    reportMissing('SmartRouter.match');
    return exports;
  }
  if (markPatched(prototype)) return exports;
  prototype.match = alike(original, function match(this: Router, method, path) {
    const result = original.call(this, method, path);
    noteRoute(result);
    // With the first request the router puts the chosen one's `match` in the place of its own.
    const chosen = Object.hasOwn(this, 'match') ? this.match : undefined;
    if (chosen !== undefined) this.match = followChosen(chosen);
    return result;
  });
  return exports;
}

function followChosen(chosen: Match): Match {
  return alike(chosen, function match(this: Router, method, path) {
    const result = chosen.call(this, method, path);
    noteRoute(result);
    return result;
  });
}

/** What was matched is one list of middleware and handlers in their order. */
function noteRoute(result: unknown): void {
  const matched = (result as readonly [readonly Matched[]] | undefined)?.[0];
  const route = Array.isArray(matched) ? findAnswering(matched as readonly Matched[]) : undefined;
  if (route !== undefined) setActiveRoute(route);
}

/** The first that cannot go on is the one that answers; else the last that was not given by `use`. */
function findAnswering(matched: readonly Matched[]): string | undefined {
  let last: string | undefined;
  for (const [[run, route] = []] of matched) {
    if (run === undefined || typeof route?.path !== 'string') continue;
    if (run.length < MIDDLEWARE_PARAMETERS) return route.path;
    if (route.method !== ANY_METHOD) last = route.path;
  }
  return last;
}
