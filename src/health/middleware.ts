import { getConfig } from '../config/config.js';
import { makeMountable, type Mountable, type PageRequest } from '../frameworks/mountable.js';
import type { PageText } from '../http/doors.js';
import { makeBuiltInChecks } from './built-in.js';
import { HEALTH_PAGES, type HealthPage } from './pages.js';
import { addBuiltInChecks, noteServed } from './registry.js';

/**
 * Serves `/health`, `/health/live` and `/health/ready` in the application's own server: `app.use(health())` in Express, Koa and
 * Hono, `app.get('/health', health())` and `app.get('/health/*', health())` in Fastify. In Express they are there below a mount
 * path too; `app.use('/health', health())` is the same as none. Anything but GET and HEAD of them is passed on. They are the
 * pages of the admin server, with the same checks; without the preload they do not know of SIGTERM.
 */
export function health(): Mountable {
  addBuiltInChecks(() => makeBuiltInChecks(getConfig().config.health));
  return makeMountable((request) => {
    const page = findPage(request);
    if (page === undefined) return undefined;
    if (request.incoming !== undefined) noteServed(request.incoming, request.path);
    return readPage(page);
  });
}

/**
 * A health page as a text, for servers that have no request of Node's. Never rejects.
 * @param path `/health`, `/health/live` or `/health/ready`. Default: `/health`.
 * @throws TypeError where there is no such page.
 */
export function readHealth(path: HealthPage['path'] = '/health'): Promise<PageText> {
  const page = HEALTH_PAGES.find((each) => each.path === path);
  if (page === undefined) throw new TypeError(`readHealth: path must be one of ${HEALTH_PATHS.join(', ')}`);
  addBuiltInChecks(() => makeBuiltInChecks(getConfig().config.health));
  return readPage(page);
}

const HEALTH_PATHS = HEALTH_PAGES.map(({ path }) => path);

async function readPage(page: HealthPage): Promise<PageText> {
  const { status, document } = await page.answer();
  return { status, contentType: 'application/json', body: JSON.stringify(document) };
}

function findPage({ method, path, mountPath, isRouted }: PageRequest): HealthPage | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const full = mountPath.endsWith('/health') ? `/health${path === '/' ? '' : path}` : path;
  const exact = HEALTH_PAGES.find((page) => page.path === full);
  // A route below a prefix.
  return exact ?? (isRouted ? HEALTH_PAGES.find((page) => full.endsWith(page.path)) : undefined);
}
