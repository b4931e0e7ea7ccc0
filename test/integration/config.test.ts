import { expect, test } from 'vitest';
import { VARIABLES } from '../unit/config/nonsense.js';
import { findUrls, startApp } from './support/app-process.js';
import { writeRequest } from './support/express-requests.js';
import { readOtherLines, readOwnLines } from './support/own-lines.js';
import { converse, readHeaders } from './support/raw-http.js';

/** Variables that have nonsense at all, with the first of it. */
const NONSENSE = Object.fromEntries(
  Object.entries(VARIABLES).flatMap(([variable, { nonsense }]) => nonsense.slice(0, 1).map((text) => [variable, text])),
) as Record<string, string>;

/** Nothing more than one line for each variable, in whichever order; the application runs and is watched. */
async function expectOneLineEach(env: Readonly<Record<string, string>>, variables: readonly string[]): Promise<void> {
  const app = startApp('bare.js', { env });
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  await app.waitFor(/ started for /);
  const received = await converse(url, writeRequest('GET', '/'));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*plain$/);
  expect(readHeaders(received, 'X-Request-ID')).toHaveLength(1);
  const named = readOwnLines(app).map((line) => /^warn: ([A-Z_]+)\b.*; used instead: /.exec(line)?.[1] ?? line);
  expect(named.toSorted()).toEqual([expect.stringContaining(' started for '), ...variables].toSorted(compareNames));
  expect(readOtherLines(app)).toEqual([]);
}

/** What is no text is the start-up line, which begins in lower case: behind the variables. */
function compareNames(a: unknown, b: unknown): number {
  const key = (name: unknown): string => (typeof name === 'string' ? name : '~');
  return key(a) < key(b) ? -1 : 1;
}

test('nonsense in every variable: one line each, and the application runs', async () => {
  const { OTEL_EXPORTER_PROMETHEUS_PORT: _apart, ...env } = NONSENSE;
  await expectOneLineEach({ ...env, BARBOSSA_LOG_LEVELS: 'express=loud,=info,http' }, [
    ...Object.keys(env),
    'BARBOSSA_LOG_LEVELS',
  ]);
});

test('nonsense as the port: the default one, where it is free', async () => {
  const app = startApp('bare.js', { env: { OTEL_EXPORTER_PROMETHEUS_PORT: 'http' } });
  await app.waitFor(/metrics at http:\/\/127\.0\.0\.1:9464\/|cannot listen on 127\.0\.0\.1:9464 \(the port is taken\)/);
  expect(readOwnLines(app)[0]).toBe(
    'warn: OTEL_EXPORTER_PROMETHEUS_PORT is "http"; allowed: an integer from 0 to 65535; used instead: 9464',
  );
});

test('nonsense in the variables that the exporters of spans read too', async () => {
  const variables = [
    'OTEL_EXPORTER_OTLP_TIMEOUT',
    'OTEL_EXPORTER_OTLP_COMPRESSION',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_TRACES_SAMPLER',
    'OTEL_TRACES_SAMPLER_ARG',
    'OTEL_RESOURCE_ATTRIBUTES',
    'OTEL_LOG_LEVEL',
  ];
  const env = Object.fromEntries(variables.map((variable) => [variable, NONSENSE[variable] ?? '']));
  await expectOneLineEach({ ...env, OTEL_TRACES_EXPORTER: 'otlp' }, variables);
});

test('secrets stay secret, usable or not', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://anne:s3cret@collector',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://collector/v1/logs?key=s3cret',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'anne:s3cret@collector',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization s3cret',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'authorization=%s3cret',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_LOG_LEVEL: 'debug',
    PLEX_TOKEN: 's3cret',
  };
  const app = startApp('bare.js', { env });
  const { url, admin } = await findUrls(app);
  await converse(url, writeRequest('GET', '/'));
  const pages = await Promise.all(['/metrics', '/'].map(async (path) => (await fetch(admin + path)).text()));
  expect(app.stderr() + app.stdout() + pages.join('')).not.toContain('s3cret');
});

test.each([
  ['none', 0],
  ['error', 0],
  ['warn', 1],
  ['info', 2],
] as const)('OTEL_LOG_LEVEL=%s', async (level, count) => {
  const app = startApp('bare.js', { env: { OTEL_LOG_LEVEL: level, BARBOSSA_ROLE: 'boss' } });
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  if (level === 'info') await app.waitFor(/ started for /);
  await converse(url, writeRequest('GET', '/'));
  expect(app.stderr().split('\n')).toHaveLength(count + 1);
  expect(readOwnLines(app)).toHaveLength(count);
});
