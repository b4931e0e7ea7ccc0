import { getRequestScope } from '../context/request-context.js';
import { Exchange, getExchange } from './exchange.js';

/**
 * Says which route takes a request: the seam for frameworks (`src/frameworks/`). The last word before the answer is the
 * request's endpoint in metrics and spans. Does nothing for a request that is not known. Never throws.
 * @param request Node's, as the server got it.
 * @param template The route with the path that it is mounted at, parameters as they are written: `/api/tracks/:id`.
 */
export function setRoute(request: object, template: string): void {
  const exchange = getExchange(request);
  if (exchange !== undefined) exchange.route = template;
}

/** The same for a framework that has no request of Node's at hand: it is the one in whose course this code runs. */
export function setActiveRoute(template: string): void {
  const scope = getRequestScope();
  if (scope instanceof Exchange) scope.route = template;
}

/**
 * The same for a framework that knows its route only when it is done: it is asked at the end of the request, where nobody
 * has said one by then. What it holds is let go with the request.
 * @param find Gives the template, or undefined where no route took the request. Must not throw.
 */
export function askRoute(request: object, find: () => string | undefined): void {
  const exchange = getExchange(request);
  if (exchange !== undefined) exchange.findRoute = find;
}

/** The route that was said last. Undefined where none was. */
export function getRoute(request: object): string | undefined {
  return getExchange(request)?.route;
}

/**
 * A route hands the request on: it has not taken it, unless what comes behind it answers and is no route.
 * @param template What was said of that route.
 * @param before What `getRoute` gave before that was said.
 */
export function passRoute(request: object, template: string, before: string | undefined): void {
  getExchange(request)?.passRoute(template, before);
}
