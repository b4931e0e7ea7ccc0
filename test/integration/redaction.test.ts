import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startApp, type AppProcess } from './support/app-process.js';

const SECRET = 'hunter2-Zz9-open-sesame';
/** The same secret as bearers of Basic carry it, and as a URL does. */
const FORMS = [SECRET, Buffer.from(`anna:${SECRET}`).toString('base64'), encodeURIComponent(SECRET)];
/** What says of each record that it is there at all. */
const PLANTED = [
  'winston-fields',
  'winston-splat',
  'winston-child',
  'winston-error',
  'own-fields',
  'own-message',
  'own-object',
  'own-exception',
  'api-body',
];

/** A collector that keeps what it gets as text. */
async function startCollector(): Promise<{ readonly url: string; readonly received: () => string }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      bodies.push(String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes));
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received: () => bodies.join('\n') };
}

function makeSpool(): string {
  const spool = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-redaction-'));
  onTestFinished(() => rmSync(spool, { recursive: true, force: true }));
  return spool;
}

function readSpool(spool: string): string {
  return readdirSync(spool, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

function startSecrets(env: Readonly<Record<string, string>>): AppProcess {
  return startApp('secrets.mjs', { args: [SECRET], env });
}

function waitForAll(read: () => string): Promise<unknown> {
  return vi.waitUntil(() => PLANTED.every((name) => read().includes(name)), { timeout: 15_000, interval: 20 });
}

function expectNoSecret(text: string): void {
  for (const form of FORMS) {
    const at = text.indexOf(form);
    if (at >= 0) expect.fail(`the secret is in …${text.slice(Math.max(0, at - 200), at + 100)}…`);
  }
  expect(text).toContain('[redacted]');
}

/** The lines of stdout that `getLogger` has written: winston's own transport writes the other lines of JSON. */
function ownLines(app: AppProcess): string {
  const lines = app.stdout().split('\n');
  return lines.filter((line) => line.includes('"logger":"sync.plex"') || !line.startsWith('{')).join('\n');
}

test('no secret goes over OTLP, whoever wrote the record, nor when the process dies of one', async () => {
  const collector = await startCollector();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    BARBOSSA_LOG_SPOOL_DIR: makeSpool(),
  };
  const app = startSecrets(env);
  await app.waitFor(/^written$/m);
  await waitForAll(collector.received);
  app.child.kill('SIGUSR2');
  await app.exited;
  // What the dead process has left is sent by the next one.
  startSecrets(env);
  await vi.waitUntil(() => collector.received().includes('uncaught exception'), { timeout: 15_000 });
  expectNoSecret(collector.received());
});

test('no secret is on disk while the collector is away', async () => {
  const spool = makeSpool();
  const app = startSecrets({ BARBOSSA_LOG_SPOOL_DIR: spool });
  await app.waitFor(/^written$/m);
  await waitForAll(() => readSpool(spool));
  expectNoSecret(readSpool(spool));
  app.child.kill('SIGUSR2');
  await app.exited;
  expect(readSpool(spool)).toContain('uncaught exception');
  expectNoSecret(readSpool(spool));
});

test.each([
  ['production', /"message":"planted own-message password=\[redacted\] /],
  ['development', / {4}Caused by: TypeError: refused Authorization: \[redacted\]/],
])('getLogger prints no secret, in %s', async (environment, expected) => {
  const app = startSecrets({ NODE_ENV: environment });
  await app.waitFor(/^written$/m);
  const lines = ownLines(app);
  for (const name of PLANTED.filter((planted) => planted.startsWith('own-'))) expect(lines).toContain(name);
  expect(lines).toMatch(expected);
  expectNoSecret(lines);
});

test("what winston's own transports print is the application's", async () => {
  const app = startSecrets({});
  await app.waitFor(/^written$/m);
  const lines = app.stdout().split('\n');
  const line = lines.find((text) => text.includes('planted winston-fields'));
  expect(line).toContain(`"X-Plex-Token":"${SECRET}"`);
});

test('BARBOSSA_REDACT=off leaves everything as it was; more keys and fewer go by their lists', async () => {
  const off = startSecrets({ BARBOSSA_REDACT: 'off' });
  await off.waitFor(/^written$/m);
  expect(ownLines(off)).toContain(`plexToken=${SECRET}`);
  expect(ownLines(off)).not.toContain('[redacted]');

  const listed = startSecrets({ BARBOSSA_REDACT_KEYS: 'url', BARBOSSA_REDACT_ALLOW_KEYS: 'plex_token,#' });
  await listed.waitFor(/^written$/m);
  expect(ownLines(listed)).toContain(`plexToken=${SECRET}`);
  expect(ownLines(listed)).toContain('url=[redacted]');
  const warnings = listed.stderr().match(/BARBOSSA_REDACT_ALLOW_KEYS has "#", which is no name of a key/g);
  expect(warnings).toHaveLength(1);
});
