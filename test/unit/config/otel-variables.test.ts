import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { listOtelVariables } from '../../../src/config/otel-variables.js';

const PACKAGES = fileURLToPath(new URL('../../../node_modules/@opentelemetry/', import.meta.url));
const SIGNALS = ['TRACES', 'METRICS', 'LOGS'];

/** Names of variables in the code of OpenTelemetry's packages. Names of attributes have a word before `OTEL_`. */
function findNames(): Set<string> {
  const names = new Set<string>();
  const files = readdirSync(PACKAGES, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\bbuild\/src\/.*\.js$/.test(file),
  );
  for (const file of files) {
    const text = readFileSync(path.join(PACKAGES, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/(?<![\w$])(OTEL_[A-Z0-9_]*[A-Z0-9])(?![\w$])/g)) {
      // Values of attributes, as the semantic conventions name them.
      if (!name.includes('_TYPE_VALUE_')) names.add(name);
    }
    for (const [, rest = ''] of text.matchAll(/\bOTEL_EXPORTER_OTLP_\$\{\w+\}_([A-Z_]+)/g)) {
      for (const signal of SIGNALS) names.add(`OTEL_EXPORTER_OTLP_${signal}_${rest}`);
    }
  }
  return names;
}

/** sdk-environment-variables.md, protocol/exporter.md and the configuration data model of the specification. */
const SPECIFIED = [
  'SDK_DISABLED',
  'ENTITIES',
  'RESOURCE_ATTRIBUTES',
  'SERVICE_NAME',
  'LOG_LEVEL',
  'PROPAGATORS',
  'CONFIG_FILE',
  'TRACES_SAMPLER',
  'TRACES_SAMPLER_ARG',
  'TRACES_EXPORTER',
  'METRICS_EXPORTER',
  'LOGS_EXPORTER',
  'METRICS_EXEMPLAR_FILTER',
  'METRIC_EXPORT_INTERVAL',
  'METRIC_EXPORT_TIMEOUT',
  ...['BSP', 'BLRP'].flatMap((processor) =>
    ['SCHEDULE_DELAY', 'EXPORT_TIMEOUT', 'MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE'].map(
      (name) => `${processor}_${name}`,
    ),
  ),
  ...['ATTRIBUTE', 'SPAN_ATTRIBUTE', 'LOGRECORD_ATTRIBUTE'].flatMap((name) => [
    `${name}_VALUE_LENGTH_LIMIT`,
    `${name}_COUNT_LIMIT`,
  ]),
  ...['SPAN_EVENT', 'SPAN_LINK', 'EVENT_ATTRIBUTE', 'LINK_ATTRIBUTE'].map((name) => `${name}_COUNT_LIMIT`),
  ...['', ...SIGNALS.map((signal) => `${signal}_`)].flatMap((signal) =>
    [
      'ENDPOINT',
      'INSECURE',
      'CERTIFICATE',
      'CLIENT_KEY',
      'CLIENT_CERTIFICATE',
      'HEADERS',
      'COMPRESSION',
      'TIMEOUT',
      'PROTOCOL',
    ].map((name) => `EXPORTER_OTLP_${signal}${name}`),
  ),
  ...['SPAN_INSECURE', 'METRIC_INSECURE'].map((name) => `EXPORTER_OTLP_${name}`),
  ...['TEMPORALITY_PREFERENCE', 'DEFAULT_HISTOGRAM_AGGREGATION'].map((name) => `EXPORTER_OTLP_METRICS_${name}`),
  ...['ZIPKIN_ENDPOINT', 'ZIPKIN_TIMEOUT', 'PROMETHEUS_HOST', 'PROMETHEUS_PORT'].map((name) => `EXPORTER_${name}`),
].map((name) => `OTEL_${name}`);

const LISTED = new Map(listOtelVariables().map((variable) => [variable.name, variable]));

test('each variable that the packages of OpenTelemetry name has its row, and each of the specification', () => {
  const found = findNames();
  // What the search is for, so that it cannot pass because it finds nothing.
  expect(found).toContain('OTEL_CONFIG_FILE');
  expect(found).toContain('OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY');
  expect(found.size).toBeGreaterThan(60);
  expect([...found, ...SPECIFIED].filter((name) => !LISTED.has(name))).toEqual([]);
});

test('no row twice', () => {
  expect(LISTED.size).toBe(listOtelVariables().length);
});

test.each([...LISTED.values()].filter(({ holds }) => holds === 'no'))(
  '$name is set and does not hold: one line that says why',
  ({ name, about }) => {
    expect(loadConfig({ [name]: 'http/dup' }).problems).toEqual([`${name} is set and does not hold: ${about}`]);
    expect(loadConfig({ [name]: ' ' }).problems).toEqual([]);
  },
);

test.each([...LISTED.values()].filter(({ holds }) => holds === 'sdk'))('$name holds: no line', ({ name }) => {
  expect(loadConfig({ [name]: '5' }).problems).toEqual([]);
});

test('a name that nobody knows is told; those for other programs are not', () => {
  expect(loadConfig({ OTEL_EXPORTER_OTLP_LOG_ENDPOINT: 'http://s3cret' }).problems).toEqual([
    'OTEL_EXPORTER_OTLP_LOG_ENDPOINT is set and does not hold: nothing in this package knows it',
  ]);
  const env = {
    OTEL_PYTHON_LOG_LEVEL: 'info',
    OTEL_JAVAAGENT_ENABLED: 'true',
    OTEL_POD_IP: '10.0.0.1',
    OTEL_NODE_IP: '10.0.0.2',
    OTEL_RESOURCE_ATTRIBUTES_POD_NAME: 'web-1',
    OTEL_RESOURCE_ATTRIBUTES_NODE_NAME: 'node-1',
  };
  expect(loadConfig(env).problems).toEqual([]);
});

test('a value that asks for no more than there is has no line', () => {
  const env = { OTEL_SEMCONV_STABILITY_OPT_IN: 'http', OTEL_METRICS_EXEMPLAR_FILTER: 'always_on' };
  expect(loadConfig(env).problems).toEqual([]);
  expect(loadConfig({ OTEL_SEMCONV_STABILITY_OPT_IN: 'database,http/dup' }).problems).toHaveLength(1);
});
