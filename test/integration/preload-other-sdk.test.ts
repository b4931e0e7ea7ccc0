import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { APPS, findUrls, REGISTER, startApp, type AppProcess } from './support/app-process.js';
import { writeRequest } from './support/express-requests.js';
import { readOwnLines } from './support/own-lines.js';
import { converse, readHeaders } from './support/raw-http.js';
import { copyPackage, writeFiles } from './support/temporary-files.js';

const ROOT = path.resolve(APPS, '../../..');
const PRELOAD = ['--import', REGISTER];
const STARTED = expect.stringMatching(/^info: \S+ started for barbossa: /) as string;

/** An SDK as applications start it: spans end up in memory, and are printed. */
const SDK_FILE = `
import { createRequire } from 'node:module';
const require = createRequire(${JSON.stringify(pathToFileURL(path.join(ROOT, 'package.json')).href)});
const { NodeSDK, tracing } = require('@opentelemetry/sdk-node');
const exporter = { export: (spans, done) => { for (const { name } of spans) console.log('span', name); done({ code: 0 }); }, shutdown: async () => {} };
new NodeSDK({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)], metricReaders: [], logRecordProcessors: [], autoDetectResources: false }).start();
`;

const SERVER = `
import { createServer } from 'node:http';
const server = createServer((request, response) => response.end('plain'));
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
`;

/** Makes a span in an active context, as instrumented code does. */
function makeSpan(requireFrom: string): string {
  return `
    import { createRequire as makeRequire } from 'node:module';
    const { trace, context } = makeRequire(${JSON.stringify(requireFrom)})('@opentelemetry/api');
    trace.getTracer('own').startActiveSpan('mine', (span) => {
      console.log('active', trace.getSpan(context.active()) === span);
      span.end();
    });
  `;
}

/** What the application's own SDK does works as without us, and nothing of ours is left. */
async function expectSteppedBack(app: AppProcess, printed: RegExp): Promise<void> {
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  expect(app.stdout()).toMatch(printed);
  const received = await converse(url, writeRequest('GET', '/'));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*plain$/);
  expect(readHeaders(received, 'X-Request-ID')).toEqual([]);
}

test("an SDK of the application's own that is there first: ours does not start", async () => {
  const folder = writeFiles({ 'sdk.mjs': SDK_FILE, 'app.mjs': SERVER + makeSpan(`${ROOT}/`) });
  const app = startApp(path.join(folder, 'app.mjs'), {
    nodeOptions: ['--import', pathToFileURL(path.join(folder, 'sdk.mjs')).href, ...PRELOAD],
  });
  await expectSteppedBack(app, /span mine\n/);
  expect(readOwnLines(app)).toEqual([
    expect.stringMatching(
      /^warn: another OpenTelemetry SDK is registered in this process \(.+\); this one steps back$/,
    ),
  ]);
});

const STEPS_BACK = expect.stringMatching(
  /^warn: the application starts an OpenTelemetry SDK of its own \(\w+\); this one steps back$/,
) as string;

test.each([
  ['at once', 'import "./sdk.mjs";', {}],
  ['with its messages on the console', 'import "./sdk.mjs";', { OTEL_LOG_LEVEL: 'warn' }],
  ['later', 'await new Promise((resolve) => setTimeout(resolve, 300)); await import("./sdk.mjs");', {}],
] as const)('an SDK that the application starts %s: ours steps back', async (name, start, env) => {
  const folder = writeFiles({ 'sdk.mjs': SDK_FILE, 'app.mjs': `${start}\n${SERVER}${makeSpan(`${ROOT}/`)}` });
  const app = startApp(path.join(folder, 'app.mjs'), { env });
  await expectSteppedBack(app, /(?=[^]*active true\n)(?=[^]*span mine\n)/);
  const lines = readOwnLines(app);
  expect(lines.filter((line) => !line.includes(' started for '))).toEqual([STEPS_BACK]);
  expect(app.stderr()).not.toMatch(/duplicate registration/);
  if (name === 'later') await expectAdminGone(app);
});

async function expectAdminGone(app: AppProcess): Promise<void> {
  const { admin } = await findUrls(app);
  await expect.poll(() => fetch(admin).then(String, () => 'refused'), { timeout: 5_000 }).toBe('refused');
}

/** `@opentelemetry/api` as the application has it itself, in another version, and a tracer provider of its own. */
function writeAppWithApi(version: string): string {
  const folder = writeFiles({
    'provider.cjs': `
      const { trace, context, ROOT_CONTEXT } = require('@opentelemetry/api');
      const span = (name) => ({ spanContext: () => ({ traceId: '', spanId: '', traceFlags: 0 }), end: () => console.log('span', name) });
      const startActiveSpan = (name, work) => {
        const made = span(name);
        return context.with(trace.setSpan(context.active(), made), () => work(made));
      };
      trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: span, startActiveSpan }) });
    `,
  });
  setApiVersion(copyPackage('@opentelemetry/api', folder), version);
  return folder;
}

/** Makes a copy of the API say another version. */
function setApiVersion(api: string, version: string): string {
  for (const file of ['package.json', 'build/src/version.js']) {
    const text = readFileSync(path.join(api, file), 'utf8');
    writeFileSync(path.join(api, file), text.replace(/(["'])1\.9\.\d+\1/, `"${version}"`));
  }
  return api;
}

test.each(['1.9.0', '1.8.0', '1.99.0'])(
  "an SDK on the application's own @opentelemetry/api %s: ours steps back, and its spans are made",
  async (version) => {
    const folder = writeAppWithApi(version);
    writeFileSync(path.join(folder, 'app.mjs'), `import './provider.cjs';${SERVER}${makeSpan(`${folder}/`)}`);
    const app = startApp(path.join(folder, 'app.mjs'));
    await expectSteppedBack(app, /span mine\n/);
    expect(readOwnLines(app)).toContainEqual(STEPS_BACK);
  },
);

test.each(['1.9.1', '1.8.0', '1.99.0'])(
  'an SDK with API %s inside its bundle: ours steps back, and its spans are active',
  async (version) => {
    const folder = writeFiles({
      'app.cjs': `
      const { trace, context, ROOT_CONTEXT } = require('./bundled/build/src/index.js');
      const { createServer } = require('node:http');
      let now = ROOT_CONTEXT;
      const run = (next, work) => { const before = now; now = next; try { return work(); } finally { now = before; } };
      context.setGlobalContextManager({ active: () => now, with: run, bind: (_, work) => work, enable: () => {}, disable: () => {} });
      const span = { spanContext: () => ({ traceId: '', spanId: '', traceFlags: 0 }), end: () => {} };
      trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: () => span }) });
      context.with(trace.setSpan(context.active(), trace.getTracer('own').startSpan('mine')), () => {
        console.log('active', trace.getSpan(context.active()) === span);
      });
      const server = createServer((request, response) => response.end('plain'));
      server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
    `,
    });
    renameSync(setApiVersion(copyPackage('@opentelemetry/api', folder), version), path.join(folder, 'bundled'));
    // Nothing says which version is in a bundle.
    rmSync(path.join(folder, 'bundled/package.json'));
    const app = startApp(path.join(folder, 'app.cjs'));
    await expectSteppedBack(app, /active true\n/);
    expect(readOwnLines(app)).toEqual([STEPS_BACK]);
  },
);

test("the application's own @opentelemetry/api is of another major version: a warning names both", async () => {
  const version = '2.0.0';
  const { version: ours } = JSON.parse(
    readFileSync(path.join(ROOT, 'node_modules/@opentelemetry/api/package.json'), 'utf8'),
  ) as { version: string };
  const folder = writeFiles({
    'app.mjs': SERVER,
    'node_modules/@opentelemetry/api/package.json': JSON.stringify({ name: '@opentelemetry/api', version }),
    'node_modules/@opentelemetry/api/index.js': '',
  });
  const app = startApp(path.join(folder, 'app.mjs'));
  await findUrls(app);
  expect(readOwnLines(app)).toEqual([
    `warn: the application's own @opentelemetry/api ${version} cannot see this SDK, which has ${ours}: ` +
      'its spans and instruments do nothing; use the same major version',
    STARTED,
  ]);
});

test("the application's own @opentelemetry/api is older: it sees our context, and nothing is said", async () => {
  const folder = writeAppWithApi('1.8.0');
  writeFileSync(
    path.join(folder, 'app.mjs'),
    SERVER.replace("response.end('plain')", 'response.end(api.trace.getActiveSpan()?.spanContext().traceId)') +
      "import api from '@opentelemetry/api';",
  );
  const app = startApp(path.join(folder, 'app.mjs'));
  const { url } = await findUrls(app);
  expect(await converse(url, writeRequest('GET', '/'))).toMatch(/\r\n\r\n[^]*[\da-f]{32}/);
  expect(readOwnLines(app)).toEqual([STARTED]);
});
