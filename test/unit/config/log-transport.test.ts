import path from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig, type LoadedConfig } from '../../../src/config/config.js';

type Transport = LoadedConfig['config']['logExport']['transport'];

function load(env: NodeJS.ProcessEnv): { readonly transport: Transport; readonly problems: readonly string[] } {
  const { config, problems } = loadConfig(env);
  return { transport: config.logExport.transport, problems };
}

const HTTPS = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4318' };

test.each<[string, NodeJS.ProcessEnv, Partial<Transport>]>([
  ['the protocol of all signals', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, { protocol: 'http/protobuf' }],
  [
    'the protocol of logs',
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf' },
    { protocol: 'http/protobuf' },
  ],
  ['the compression of all signals', { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, { compression: 'gzip' }],
  [
    'the compression of logs',
    { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip', OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none' },
    { compression: 'none' },
  ],
  [
    'the timeout of logs',
    { OTEL_EXPORTER_OTLP_TIMEOUT: '9000', OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '700' },
    { timeoutMs: 700 },
  ],
  ['the timeout of an export, where it is shorter', { OTEL_BLRP_EXPORT_TIMEOUT: '800' }, { timeoutMs: 800 }],
  ['the timeout of an export, where it is longer', { OTEL_BLRP_EXPORT_TIMEOUT: '30000' }, { timeoutMs: 10_000 }],
  [
    'headers of both',
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=2', OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'b=3' },
    { headers: { a: '1', b: '3' } },
  ],
  [
    'certificates of all signals',
    {
      ...HTTPS,
      OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca',
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: 'cert',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: 'key',
    },
    {
      pemFiles: {
        ca: { variable: 'OTEL_EXPORTER_OTLP_CERTIFICATE', path: path.resolve('ca') },
        cert: { variable: 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE', path: path.resolve('cert') },
        key: { variable: 'OTEL_EXPORTER_OTLP_CLIENT_KEY', path: path.resolve('key') },
      },
    },
  ],
  [
    'certificates of logs',
    {
      ...HTTPS,
      OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca',
      OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: 'ca2',
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: 'cert',
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: 'cert2',
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: 'key2',
    },
    {
      pemFiles: {
        ca: { variable: 'OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE', path: path.resolve('ca2') },
        cert: { variable: 'OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE', path: path.resolve('cert2') },
        key: { variable: 'OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY', path: path.resolve('key2') },
      },
    },
  ],
])('%s', (_name, env, expected) => {
  const { transport, problems } = load(env);
  expect(transport).toMatchObject(expected);
  expect(problems).toEqual([]);
});

test.each([
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
  [{ OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'GRPC' }, 'OTEL_EXPORTER_OTLP_LOGS_PROTOCOL'],
  [
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc' },
    'OTEL_EXPORTER_OTLP_LOGS_PROTOCOL',
  ],
])('grpc is refused for logs in one line: %j', (env, variable) => {
  const { transport, problems } = load(env);
  expect(transport.protocol).toBe('http/json');
  expect(problems).toEqual([
    `${variable} is "grpc"; allowed: http/json or http/protobuf for logs (at the port of HTTP, by default 4318, not gRPC's 4317); used instead: http/json`,
  ]);
});

test('nobody is told what is wrong on a way that nothing takes', () => {
  const env = { OTEL_LOGS_EXPORTER: 'none', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca' };
  expect(load(env).problems).toEqual([]);
});

test('a certificate without its key, and a key without its certificate', () => {
  for (const variable of ['OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE', 'OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY']) {
    const { transport, problems } = load({ ...HTTPS, [variable]: 'file' });
    expect(transport.pemFiles).toEqual({});
    expect(problems).toEqual([
      `${variable} is set alone; allowed: a client's certificate and its key together; used instead: neither`,
    ]);
  }
});

test('certificates for a collector without TLS do not hold, unless they are for spans', () => {
  const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca', OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: 'key' };
  const { transport, problems } = load(env);
  expect(transport.pemFiles).toEqual({});
  expect(problems).toEqual([
    'OTEL_EXPORTER_OTLP_CERTIFICATE is set and does not hold: logs go to http://localhost:4318/v1/logs, which is not https',
    'OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY is set and does not hold: logs go to http://localhost:4318/v1/logs, which is not https',
  ]);
  expect(load({ OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca', OTEL_TRACES_EXPORTER: 'otlp' }).problems).toEqual([]);
});
