import { getDoors, type PageText } from '../http/doors.js';
import { makeMountable, type Mountable } from './mountable.js';

const PATH = '/metrics';
const WITHOUT_PRELOAD: PageText = {
  status: 503,
  contentType: 'text/plain; charset=utf-8',
  body: 'metrics are collected under the preload only: node --import barbossa-telemetry/register\n',
};

/**
 * The metrics as a text, for servers that have no request of Node's. Status 503 without the preload, and where the
 * exporter is `none`. Never rejects.
 * @param accept The `Accept` header of the request: OpenMetrics for those who ask for it.
 */
export async function readMetrics(accept?: string): Promise<PageText> {
  const answer = getDoors()?.answerMetrics;
  if (answer === undefined) return WITHOUT_PRELOAD;
  const { status, contentType, body } = await answer(accept === undefined ? {} : { accept });
  return { status, contentType, body };
}

/**
 * Serves the metrics in the application's own server, for hosts with one port: `app.get('/metrics', metrics())` in Express,
 * Fastify, Hono and @koa/router, `app.use(metrics())` in Express, Koa and Hono. Anything but GET and HEAD is passed on. Who may
 * ask is the application's matter: the admin server's checks of host and login are not made here.
 */
export function metrics(): Mountable {
  return makeMountable(({ method, path, mountPath, isRouted, isLast, accept, incoming }) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const isMounted = mountPath !== '' && path === '/';
    const isNamed = path === PATH || (isRouted && path.endsWith(PATH));
    if (!isLast && !isMounted && !isNamed) return undefined;
    if (incoming !== undefined) getDoors()?.noteServed(incoming, isMounted ? '/' : PATH);
    return readMetrics(accept);
  });
}
