// The files of docs/extending.md are run as they stand there, so that a seam that changes is missed here.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';
import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { fromRoot } from '../../scripts/stack/paths.js';
import type { BuiltIn, HealthConfig } from '../../src/health/checks/definition.js';
import { attachExchange, Exchange } from '../../src/http/exchange.js';
import { getRoute } from '../../src/http/route.js';
import type { Question } from '../../src/jobs/redis/connection.js';
import { startTestLogs } from './logs/test-logs.js';

const text = readFileSync(fromRoot('docs/extending.md'), 'utf8');
const blocks = new Map(
  Array.from(text.matchAll(/^```[jt]s\n\/\/ (\S+)\n([^]*?)^```$/gm), ([, name = '', code = '']) => [name, code]),
);
/** Below the project's folder, where the packages are found. */
const folder = fromRoot(`.cache/extending-${process.pid}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where a file of the documents is written to. Its imports lead into src. */
function write(name: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  const toSource = (_all: string, to: string): string => {
    const own = path.join(folder, path.dirname(name), to).replace(/\.js$/, '.ts');
    return `from '${existsSync(own) ? own : fromRoot(path.relative(folder, own))}'`;
  };
  writeFileSync(file, (blocks.get(name) ?? '').replace(/from '(\.[^']*)'/g, toSource));
  return file;
}

async function load(name: string): Promise<Record<string, unknown>> {
  expect([...blocks.keys()]).toContain(name);
  return (await import(/* @vite-ignore */ write(name))) as Record<string, unknown>;
}

/** A package of the documents, as `require` gives it. */
function requireExample<T>(name: string): T {
  return createRequire(import.meta.url)(write(name)) as T;
}

type Patch = (exports: unknown, reportMissing?: (what: string) => void) => unknown;

/** What is said to be missing. */
function listMissing(patch: Patch, exports: unknown): string[] {
  const missing: string[] = [];
  patch(exports, (what) => void missing.push(what));
  return missing;
}

test('the check opens a port, and says why where it cannot', async () => {
  const { TCP } = (await load('src/health/checks/tcp.ts')) as { TCP: BuiltIn };
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const tcpAddress = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = async (): Promise<unknown> =>
    TCP.make({ tcpAddress } as unknown as HealthConfig)?.run(new AbortController().signal);
  expect(await run()).toBeUndefined();
  await new Promise((resolve) => server.close(resolve));
  await expect(run()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(TCP.make({} as HealthConfig)).toBeUndefined();
});

test('the framework says its route', async () => {
  const { patchTinyweb } = (await load('src/frameworks/tinyweb.ts')) as { patchTinyweb: Patch };
  type Run = new (method: string, path: string, handler: () => string) => { run: (...given: unknown[]) => unknown };
  const tinyweb = requireExample<{ Route: Run }>('node_modules/tinyweb/lib/app.js');
  expect(listMissing(patchTinyweb, tinyweb)).toEqual([]);
  expect(patchTinyweb(tinyweb)).toBe(tinyweb);
  const request = { headers: {}, method: 'GET', url: '/tracks/7' };
  const exchange = new Exchange(request as IncomingMessage, 'http', {
    startSpan: () => trace.wrapSpanContext(INVALID_SPAN_CONTEXT),
    observer: { onEnd: () => {} },
    trustsCallers: false,
  });
  attachExchange(exchange, request as IncomingMessage);
  expect(new tinyweb.Route('GET', '/tracks/:id', () => 'played').run(request, {})).toBe('played');
  expect(getRoute(request)).toBe('/tracks/:id');
  expect(listMissing(patchTinyweb, { Route: class {} })).toEqual(['Route.run']);
});

test('the logger hands its lines on', async () => {
  const { patchTinylog } = (await load('src/loggers/tinylog.ts')) as { patchTinylog: Patch };
  type Log = { write: (line: unknown) => void; log: (...given: unknown[]) => void };
  const tinylog = requireExample<{ Logger: { new (name: string): Log; prototype: Log } }>(
    'node_modules/tinylog/lib/logger.js',
  );
  const printed: unknown[] = [];
  tinylog.Logger.prototype.write = (line) => void printed.push(line);
  expect(listMissing(patchTinylog, tinylog)).toEqual([]);
  const records = startTestLogs();
  const log = new tinylog.Logger('library');
  log.log('warn', 'played', { track: 7, password: 'hunter2' });
  log.log('debug', 'not wanted');
  expect(printed).toEqual([{ level: 'warn', message: 'played', fields: { track: 7, password: 'hunter2' } }]);
  expect(records()).toHaveLength(1);
  expect(records()[0]).toMatchObject({
    severityText: 'WARNING',
    body: 'played',
    instrumentationScope: { name: 'library' },
    attributes: { extras: { track: 7, password: '[redacted]' } },
  });
});

test('the queue is asked, and its answer read', async () => {
  const queue = (await load('src/jobs/queues/rq-queue.ts')) as {
    askRqQueue: (name: string) => Question<number>;
    readRqQueue: (key: string) => string | undefined;
  };
  const { commands, read } = queue.askRqQueue('scans');
  expect(commands).toEqual([['llen', 'rq:queue:scans']]);
  expect(read([3])).toBe(3);
  expect(() => read([new Error('WRONGTYPE')])).toThrow('WRONGTYPE');
  expect(queue.readRqQueue('rq:queue:scans')).toBe('scans');
});

test.each(['CONTRIBUTING.md', 'docs/extending.md'])('%s names files that are there', (document) => {
  const named = Array.from(
    readFileSync(fromRoot(document), 'utf8').matchAll(
      /`((?:src|test|scripts|deploy|docs|otel-collector)\/[^`\s<*]*)`/g,
    ),
    ([, file = '']) => file,
  );
  expect(named.length).toBeGreaterThan(10);
  // What the reader is to write, and examples.
  const written = /NNNN|tiny|tcp\.|\brq\b/;
  expect(named.filter((file) => !written.test(file) && !existsSync(fromRoot(file)))).toEqual([]);
});
