import type { IncomingMessage } from 'node:http';
import { boundTemplates } from './bounded-templates.js';

/** What a mount path has taken off is text with the ids in it: templates of this kind have an end. */
const admit = boundTemplates('routes read off requests');

/** Next.js' own notes on a request (`next/dist/server/request-meta.js`). */
const NEXT_META = Symbol.for('NextInternalRequestMeta');

/** What Next.js shows where no page took the request, or none could be made. */
const NEXT_OWN = new Set(['/_not-found', '/404', '/_error', '/_global-error', '/500']);

interface Left {
  readonly baseUrl?: unknown;
  readonly route?: { readonly path?: unknown } | null;
  readonly [NEXT_META]?: { readonly match?: { readonly definition?: { readonly pathname?: unknown } } | null } | null;
}

/**
 * The route that a framework has left on Node's own request: Express and its like inside a bundle, where nothing can be
 * patched, and Next.js. Undefined where there is none. Never throws, whatever the application keeps there.
 */
export function readLeftRoute(request: IncomingMessage): string | undefined {
  try {
    const left = request as Left;
    const { route } = left;
    const page = route === undefined ? left[NEXT_META]?.match?.definition?.pathname : undefined;
    if (NEXT_OWN.has(String(page))) return undefined;
    const template = typeof page === 'string' ? page : describeLeft(left);
    return template === undefined ? undefined : admit(template);
  } catch {
    return undefined;
  }
}

function describeLeft({ route, baseUrl }: Left): string | undefined {
  const path = describePath(route?.path);
  if (path === undefined) return undefined;
  const mount = typeof baseUrl === 'string' ? baseUrl : '';
  return mount === '' ? path : path === '/' ? mount : mount + path;
}

function describePath(path: unknown): string | undefined {
  if (Array.isArray(path)) return path.map((each) => describePath(each) ?? '').join(',');
  return path instanceof RegExp ? String(path) : typeof path === 'string' && path !== '' ? path : undefined;
}
