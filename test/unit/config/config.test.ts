import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';

test.each([
  [{}, 'barbossa', 'web'],
  [{ OTEL_SERVICE_NAME: 'library' }, 'library', 'web'],
  [{ OTEL_SERVICE_NAME: 'barbossa-worker' }, 'barbossa-worker', 'worker'],
  [{ OTEL_SERVICE_NAME: 'barbossa-worker', BARBOSSA_ROLE: 'web' }, 'barbossa-worker', 'web'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=a-worker' }, 'a-worker', 'worker'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: 'b' }, 'b', 'web'],
])('%j: the service is %s, its role %s', (env, serviceName, role) => {
  expect(loadConfig(env).config.general).toMatchObject({ serviceName, role });
});

test.each([
  [{}, 'http://localhost:4318/v1/logs'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, 'http://collector:4318/v1/logs'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector/otlp/' }, 'http://collector/otlp/v1/logs'],
  [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs/here' }, 'http://logs/here'],
  [
    { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'nonsense', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector' },
    'http://collector/v1/logs',
  ],
])('%j: logs go to %s', (env, url) => {
  expect(loadConfig(env).config.logExport.transport.url).toBe(url);
});

test.each([
  [{}, 'none'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector' }, 'none'],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector/v1/traces' }, 'otlp'],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector', OTEL_TRACES_EXPORTER: 'none' }, 'none'],
  [{ OTEL_TRACES_EXPORTER: 'console' }, 'console'],
])('%j: spans go to %s', (env, exporter) => {
  expect(loadConfig(env).config.traces.exporter).toBe(exporter);
});

test.each([
  [{}, false],
  [{ NODE_ENV: 'production' }, true],
  [{ ENVIRONMENT: 'production' }, true],
  [{ NODE_ENV: 'development', ENVIRONMENT: 'production' }, true],
  [{ NODE_ENV: 'test', ENVIRONMENT: 'staging' }, false],
])('%j: production is %s', (env, production) => {
  expect(loadConfig(env).config.logging.production).toBe(production);
});
