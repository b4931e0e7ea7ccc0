import type { IncomingMessage, ServerResponse } from 'node:http';
import { getConfig } from '../config/config.js';
import { makeBuiltInChecks } from './built-in.js';
import { HEALTH_PAGES, type HealthAnswer, type HealthPage } from './pages.js';
import { addBuiltInChecks, noteServed } from './registry.js';

/** A middleware of Express, Connect, or of no framework at all. */
export type HealthMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Serves `/health`, `/health/live` and `/health/ready` in the application's own server: `app.use(health())`. Below a mount path
 * they are there too; `app.use('/health', health())` is the same as none. Anything but GET and HEAD of them is passed on.
 * They are the pages of the admin server, with the same checks; without the preload they do not know of SIGTERM.
 */
export function health(): HealthMiddleware {
  addBuiltInChecks(() => makeBuiltInChecks(getConfig().config.health));
  return (request, response, next) => {
    const page = request.method === 'GET' || request.method === 'HEAD' ? findPage(request) : undefined;
    if (page === undefined) return next();
    noteServed(request, pathOf(request));
    page.answer().then((answer) => send(response, answer), next);
  };
}

function findPage(request: IncomingMessage): HealthPage | undefined {
  const path = pathOf(request);
  const { baseUrl } = request as { baseUrl?: unknown };
  const isBelowHealth = typeof baseUrl === 'string' && baseUrl.endsWith('/health');
  const full = isBelowHealth ? `/health${path === '/' ? '' : path}` : path;
  return HEALTH_PAGES.find((page) => page.path === full);
}

/** The path below the mount path, which Express has taken off. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/[?#].*$/s, '');
}

function send(response: ServerResponse, { status, document }: HealthAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(document);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  // Node leaves the body of an answer to HEAD out.
  response.end(body);
}
