import path from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';

const OTLP = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector' };
const OWN = 'OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE';
const SHARED = 'OTEL_EXPORTER_OTLP_CERTIFICATE';

test.each<[NodeJS.ProcessEnv, Record<string, string>]>([
  [{ [SHARED]: '/etc/ca.pem' }, {}],
  [{ [SHARED]: 'ca.pem' }, { [SHARED]: path.resolve('ca.pem') }],
  [{ [SHARED]: 'ca.pem', [OWN]: 'own.pem' }, { [OWN]: path.resolve('own.pem') }],
  [
    { [SHARED]: '/etc/ca.pem', [OWN]: '/dev/zero' },
    { [SHARED]: '', [OWN]: '' },
  ],
  [{ [SHARED]: '/dev/zero', [OWN]: '/etc/own.pem' }, {}],
])('%j: the exporters of spans see %j', (env, values) => {
  const { config, problems } = loadConfig({ ...OTLP, ...env });
  expect(config.traces.variables).toEqual({ values, areReadLater: false });
  expect(problems).toHaveLength(Object.values(values).includes('') ? 1 : 0);
  expect(loadConfig({ ...OTLP, ...env, OTEL_TRACES_EXPORTER: 'none' }).config.traces.variables.values).toEqual({});
});

test('with gRPC they are read later', () => {
  const env = { ...OTLP, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' };
  expect(loadConfig(env).config.traces.variables.areReadLater).toBe(true);
});
