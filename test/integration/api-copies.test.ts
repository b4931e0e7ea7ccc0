import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { findUrls, REGISTER, startApp } from './support/app-process.js';
import { writeRequest } from './support/express-requests.js';
import { installPackages } from './support/install-packages.js';
import { scrape, sum } from './support/metrics.js';
import { startReceiver } from './support/otlp-receiver.js';
import { readOtherLines, readOwnLines } from './support/own-lines.js';
import { converse } from './support/raw-http.js';
import { writeFiles } from './support/temporary-files.js';

let folder = '';
beforeAll(async () => {
  folder = await installPackages('api-copies');
}, 180_000);

const PRELOAD = ['--import', REGISTER];
const STARTED = expect.stringMatching(/^info: \S+ started for barbossa: /) as string;
const STEPS_BACK = expect.stringMatching(/^warn: the application starts an OpenTelemetry SDK of its own/) as string;

/** Asks its own copy of the API for the request's span, makes one below it, counts, and says what is carried on. */
const USE = `
export function use(api) {
  const { trace, context, propagation, metrics } = api;
  const active = trace.getSpan(context.active());
  const tracer = trace.getTracer('own');
  const below = tracer.startSpan('mine', {}, context.active());
  const carried = {};
  context.with(trace.setSpan(context.active(), below), () => propagation.inject(context.active(), carried));
  below.end();
  metrics?.getMeter('own').createCounter('own_things').add(1, { kind: 'a' });
  api.logs?.getLogger('own').emit({ body: 'by the API itself' });
  return {
    active: active.spanContext().traceId,
    below: below.spanContext().traceId,
    carried: carried.traceparent?.split('-')[1],
  };
}
`;
const SERVER = `
import { createServer } from 'node:http';
const server = createServer((request, response) => response.end(JSON.stringify(use(api))));
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
`;
const BY_REQUIRE =
  "import { createRequire } from 'node:module'; const api = createRequire(import.meta.url)('@opentelemetry/api');";
const BY_IMPORT = "import * as api from '@opentelemetry/api';";

/** An application in a folder of its own, with copies of the API under the names that applications know. */
function writeApplication(files: Readonly<Record<string, string>>, copies: Readonly<Record<string, string>>): string {
  const home = writeFiles({ 'use.mjs': USE, ...files });
  mkdirSync(path.join(home, 'node_modules/@opentelemetry'), { recursive: true });
  for (const [name, copy] of Object.entries(copies)) {
    symlinkSync(path.join(folder, 'node_modules', copy), path.join(home, 'node_modules/@opentelemetry', name));
  }
  return home;
}

const VERSIONS = ['1.0', '1.4', '1.9.0', '1.10'] as const;
const WAYS = VERSIONS.flatMap(
  (version) =>
    [
      [version, 'required', BY_REQUIRE, PRELOAD],
      [version, 'imported', BY_IMPORT, PRELOAD],
      [version, 'loaded before the preload', BY_REQUIRE, ['--require', './early.cjs', ...PRELOAD]],
    ] as const,
);

test.each(WAYS)("the application's own @opentelemetry/api %s, %s: works with us, nothing is said", async (...way) => {
  const [version, , load, nodeOptions] = way;
  const home = writeApplication(
    {
      'app.mjs': `import { use } from './use.mjs';${load}${SERVER}`,
      // It has looked at the global, and kept a logger there: that is all that is registered.
      'early.cjs': `
        const { diag, trace, context } = require('@opentelemetry/api');
        trace.getSpan(context.active());
        diag.setLogger({ error() {}, warn() {}, info() {}, debug() {}, verbose() {} });
      `,
    },
    { api: `api-${version}` },
  );
  const receiver = await startReceiver();
  const app = startApp(path.join(home, 'app.mjs'), {
    cwd: home,
    nodeOptions,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  const { url, admin } = await findUrls(app);
  const [, body = ''] = (await converse(url, writeRequest('GET', '/'))).split('\r\n\r\n');
  const { active, below, carried } = JSON.parse(/\{.*\}/.exec(body)?.[0] ?? '') as Record<string, string>;
  expect(active).toMatch(/^(?!0+$)[\da-f]{32}$/);
  expect([below, carried]).toEqual([active, active]);
  if (version !== '1.0') expect(sum(await scrape(admin), 'own_things_total', { kind: 'a' })).toBe(1);
  const bodies = version === '1.10' ? ['by the API itself'] : [];
  await expect.poll(() => receiver.records.map((record) => record.body)).toEqual(bodies);
  expect(readOwnLines(app)).toEqual([STARTED]);
  expect(readOtherLines(app)).toEqual([]);
});

test.each(VERSIONS)(
  "the application's own logger for OpenTelemetry's messages, by API %s, is taken",
  async (version) => {
    const home = writeApplication(
      {
        'app.cjs': `
        const { diag, DiagLogLevel } = require('@opentelemetry/api');
        const say = (...words) => console.log('told', ...words);
        const logger = { error: say, warn() {}, info: say, debug() {}, verbose() {} };
        console.log('set', diag.setLogger(logger, DiagLogLevel.INFO) !== false);
        diag.info('hello');
      `,
      },
      { api: `api-${version}` },
    );
    const app = startApp(path.join(home, 'app.cjs'), { cwd: home });
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(app.stdout()).toBe('set true\ntold hello\n');
    expect(readOwnLines(app)).toEqual([STARTED]);
  },
);

const PROVIDER = `
const { trace, context } = api;
const span = (name) => ({ spanContext: () => ({ traceId: '', spanId: '', traceFlags: 0 }), end: () => console.log('span', name) });
trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: span }) });
const mine = trace.getTracer('own').startSpan('mine');
mine.end();
console.log('active', context.with(trace.setSpan(context.active(), mine), () => trace.getSpan(context.active()) === mine));
`;

test.each(
  VERSIONS.flatMap(
    (version) =>
      [
        [version, 'required', BY_REQUIRE],
        [version, 'imported', BY_IMPORT],
      ] as const,
  ),
)("an SDK on the application's own @opentelemetry/api %s, %s: ours steps back", async (version, _way, load) => {
  const contextManager = `
      api.context.setGlobalContextManager({
        now: api.ROOT_CONTEXT,
        active() { return this.now; },
        with(next, work) { const before = this.now; this.now = next; try { return work(); } finally { this.now = before; } },
        bind: (_, work) => work, enable() { return this; }, disable() { return this; },
      });
    `;
  const home = writeApplication({ 'app.mjs': load + contextManager + PROVIDER }, { api: `api-${version}` });
  const app = startApp(path.join(home, 'app.mjs'), { cwd: home });
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(app.stdout()).toBe('span mine\nactive true\n');
  expect(readOwnLines(app).filter((line) => !line.includes(' started for '))).toEqual([STEPS_BACK]);
  expect(readOtherLines(app)).toEqual([]);
});

test.each(['0.52', '0.57', '0.200'])(
  "the application's own @opentelemetry/api-logs %s: its records are sent",
  async (version) => {
    const home = writeApplication(
      {
        'app.cjs':
          "require('@opentelemetry/api-logs').logs.getLogger('own').emit({ body: 'hello', severityNumber: 9 });",
      },
      { 'api-logs': `api-logs-${version}` },
    );
    const receiver = await startReceiver();
    const app = startApp(path.join(home, 'app.cjs'), { cwd: home, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(receiver.records.map((record) => record.body)).toEqual(['hello']);
    expect(readOwnLines(app)).toEqual([STARTED]);
  },
);
