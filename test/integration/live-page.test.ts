import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { writeFiles } from './support/temporary-files.js';

const HTML = { accept: 'text/html' };
const FILES = [
  'page.css',
  'uplot.css',
  'uplot.js',
  'page.js',
  'charts.js',
  'log.js',
  'panels.js',
  'text.js',
  'icon.svg',
];

/** The start of the stream, its first event included. */
async function readHello(admin: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const { body } = await fetch(`${admin}/live/stream`, { headers, signal: stop.signal });
  if (body === null) throw new Error('the stream has no body');
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const data = /event: hello\ndata: (.*)\n\n/.exec(text)?.[1];
    if (data !== undefined) return JSON.parse(data) as Record<string, unknown>;
  }
  throw new Error(`no event came: ${text}`);
}

test('the page and its files, less than 60 kB of them on the wire', async () => {
  const { admin } = await findUrls(startApp('bare.js'));
  const page = await fetch(admin, { headers: HTML });
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self';/,
  );
  let bytes = gzipSync(await page.text()).length;
  for (const name of FILES) {
    const file = await fetch(`${admin}/live/${name}`);
    expect(file.status, name).toBe(200);
    bytes += gzipSync(await file.text()).length;
  }
  expect(bytes).toBeLessThan(60_000);
  expect(await (await fetch(admin)).text()).not.toContain('/live/');
});

test('secrets of the settings stay hidden, and past requests are there at the first look', async () => {
  const { url, admin } = await findUrls(
    startApp('bare.js', {
      env: { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=hunter2', REDIS_URL: 'redis://u:hunter3@127.0.0.1:1' },
    }),
  );
  await fetch(url);
  const hello = await readHello(admin);
  expect(hello['routes']).toMatchObject({ slowest: [{ count: 1 }] });
  expect(JSON.stringify(hello)).not.toMatch(/hunter\d/);
  expect(hello['settings']).toContainEqual(
    expect.objectContaining({ variable: 'OTEL_EXPORTER_PROMETHEUS_PORT', source: 'set' }),
  );
});

test('a login is asked for where there is one', async () => {
  const folder = writeFiles({ logins: 'token\n' });
  const { admin } = await findUrls(
    startApp('bare.js', { env: { BARBOSSA_ADMIN_LOGIN_FILE: path.join(folder, 'logins') } }),
  );
  for (const target of ['/', '/live/stream', '/live/page.js']) {
    expect((await fetch(admin + target, { headers: HTML })).status, target).toBe(401);
  }
  const authorization = 'Bearer token';
  expect((await fetch(admin, { headers: { ...HTML, authorization } })).status).toBe(200);
  expect(await readHello(admin, { authorization })).toMatchObject({ service: 'barbossa' });
});

test('off: there is the list, and nothing else', async () => {
  const { admin } = await findUrls(startApp('bare.js', { env: { BARBOSSA_LIVE_PAGE: 'off' } }));
  expect(await (await fetch(admin, { headers: HTML })).text()).toContain('<a href="/metrics">');
  for (const target of ['/live/stream', '/live/page.js']) expect((await fetch(admin + target)).status).toBe(404);
});
