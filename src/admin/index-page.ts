import { createHash } from 'node:crypto';
import type { Answer, Route } from './route.js';

/** Whose telemetry it is, for the index page. */
export interface ServiceIdentity {
  readonly name: string;
  readonly version?: string;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 42rem; margin: 4rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
p { margin: 0.25rem 0 2rem; opacity: 0.7; }
dt { font: 1rem ui-monospace, monospace; }
dd { margin: 0 0 1.25rem; }
`;

/** The page at `/`: what this server serves. Self-contained; its policy lets it load and run nothing. */
export function makeIndexAnswer(service: ServiceIdentity, routes: readonly Route[]): Answer {
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: renderPage(service, routes),
    headers: { 'content-security-policy': policy.join('; '), 'referrer-policy': 'no-referrer' },
  };
}

function renderPage(service: ServiceIdentity, routes: readonly Route[]): string {
  const name = escapeHtml(service.name);
  const version = service.version === undefined ? '' : ` ${escapeHtml(service.version)}`;
  const entries = routes.map(({ path, about }) => {
    const link = escapeHtml(path);
    return `<dt><a href="${link}">${link}</a></dt>\n<dd>${escapeHtml(about)}</dd>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${name} telemetry</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${name}${version}</h1>
<p>Telemetry of this process, served by barbossa-telemetry.</p>
<dl>
${entries.join('\n')}
</dl>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
