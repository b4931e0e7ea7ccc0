import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { answerText, type Answer, type Route } from '../route.js';
import type { LiveHub } from './hub.js';

/** The page's files beside this one, and what they are. */
const FILES = {
  'page.css': 'text/css; charset=utf-8',
  'uplot.css': 'text/css; charset=utf-8',
  'uplot.js': 'text/javascript; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'charts.js': 'text/javascript; charset=utf-8',
  'log.js': 'text/javascript; charset=utf-8',
  'panels.js': 'text/javascript; charset=utf-8',
  'text.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** The live page's files and its stream. None of them is in the list of pages. */
export function makeLiveRoutes(hub: LiveHub): Route[] {
  const files = Object.entries(FILES).map(([name, type]) => ({
    path: `/live/${name}`,
    about: '',
    answer: () => answerFile(name, type),
  }));
  return [...files, { path: '/live/stream', about: '', answer: () => answerStream(hub) }];
}

/** The page, for who takes HTML by name, as browsers do; undefined for all others. */
export function answerHome({ accept }: IncomingHttpHeaders): Answer | undefined {
  return accept?.includes('text/html') === true ? answerFile('index.html', 'text/html; charset=utf-8') : undefined;
}

function answerStream(hub: LiveHub): Answer {
  if (!hub.hasRoom) return answerText(503, 'too many look at the live page', { 'retry-after': '10' });
  return {
    status: 200,
    contentType: 'text/event-stream; charset=utf-8',
    body: 'retry: 3000\n\n',
    headers: HEADERS,
    follow: (response) => hub.follow(response),
  };
}

/** Read for each page: they are small, and asked for seldom. */
function answerFile(name: string, contentType: string): Answer {
  const body = readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');
  return { status: 200, contentType, body, headers: HEADERS };
}
