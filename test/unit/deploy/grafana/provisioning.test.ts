import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ELASTICSEARCH, PROMETHEUS } from '../../../../deploy/grafana/builder/sources.js';
import { inProject } from '../../../../scripts/project/root.js';

interface DataSource {
  readonly uid: string;
  readonly type: string;
  readonly jsonData: Readonly<Record<string, unknown>>;
  readonly secureJsonData?: Readonly<Record<string, string>>;
}

const ENVIRONMENT: Readonly<Record<string, string>> = {
  BARBOSSA_PROMETHEUS_URL: 'http://prometheus:9090',
  BARBOSSA_ELASTICSEARCH_URL: 'https://elasticsearch:9200',
};
const FILES: Readonly<Record<string, string>> = {
  '/run/secrets/reader.password': 'the-password',
  '/run/secrets/ca.crt': 'the-authority',
};

/** What Grafana makes of a value: files and environment put in, two dollars are one. A name that is not known throws. */
function expand(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => expand(one));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expand(one)]));
  }
  if (typeof value !== 'string') return value;
  const parts = value
    .split('$$')
    .map((part) =>
      part
        .replaceAll(/\$__file\{([^}]+)\}/g, (_, path: string) => find(FILES, path))
        .replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) =>
          find(ENVIRONMENT, braced ?? bare ?? ''),
        ),
    );
  return parts.join('$');
}

function find(known: Readonly<Record<string, string>>, name: string): string {
  const found = known[name];
  if (found === undefined) throw new TypeError(`${name} is not given`);
  return found;
}

const read = (path: string) => readFileSync(inProject('deploy/grafana/provisioning', path), 'utf8');
const text = read('datasources/barbossa.yaml');
const { datasources } = expand(parse(text)) as { datasources: DataSource[] };

function getSource(uid: string): DataSource {
  const source = datasources.find((one) => one.uid === uid);
  if (source === undefined) throw new TypeError(`no data source ${uid}`);
  return source;
}

test('the data sources are those that the dashboards name', () => {
  expect(datasources.map(({ uid, type }) => ({ uid, type }))).toStrictEqual([
    { uid: PROMETHEUS.uid, type: PROMETHEUS.type },
    { uid: ELASTICSEARCH.uid, type: ELASTICSEARCH.type },
  ]);
});

test('Prometheus: an exemplar leads to the lines of its trace', () => {
  expect(getSource(PROMETHEUS.uid)).toMatchObject({
    url: 'http://prometheus:9090',
    isDefault: true,
    jsonData: {
      exemplarTraceIdDestinations: [{ name: 'trace_id', url: '/d/barbossa-logs?var-request=${__value.raw}' }],
    },
  });
});

test('Elasticsearch: both index patterns, as the reader, over TLS; a line leads to its request', () => {
  expect(getSource(ELASTICSEARCH.uid)).toMatchObject({
    url: 'https://elasticsearch:9200',
    basicAuth: true,
    basicAuthUser: 'barbossa_reader',
    jsonData: {
      index: 'barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*',
      timeField: '@timestamp',
      logMessageField: 'message',
      logLevelField: 'level',
      tlsAuthWithCACert: true,
      dataLinks: [
        { field: '^request_id$', url: '/d/barbossa-logs?var-request=${__value.raw}' },
        { field: '^trace_id$', url: '/d/barbossa-logs?var-request=${__value.raw}' },
      ],
    },
    secureJsonData: { basicAuthPassword: 'the-password', tlsCACert: 'the-authority' },
  });
});

test('certificates are verified and no secret stands in the file', () => {
  expect(text).not.toMatch(/tlsSkipVerify/);
  const secrets = Object.values((parse(text) as { datasources: DataSource[] }).datasources).flatMap(
    ({ secureJsonData = {} }) => Object.values(secureJsonData),
  );
  for (const secret of secrets) expect(secret).toMatch(/^\$__file\{\/run\/secrets\/[\w.]+\}$/);
});

test('the dashboards are read from their files, and stay as they are there', () => {
  const { providers } = parse(read('dashboards/barbossa.yaml')) as { providers: unknown[] };
  expect(providers).toMatchObject([
    { type: 'file', allowUiUpdates: false, options: { path: '/etc/grafana/dashboards' } },
  ]);
});
