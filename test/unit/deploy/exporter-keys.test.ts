import { describe, expect, test } from 'vitest';
import { COLLECTOR_VERSION } from '../../../scripts/stack/versions.js';
import { readCollectorFiles } from './collector-files.js';
import { listKeyPaths } from './yaml-keys.js';

const EXPORTER = 'exporters > elasticsearch > ';

/**
 * What the elasticsearch exporter of 0.148.0 knows (config.go and its config.schema.yaml, with confighttp, configtls and
 * queuebatch), without what it takes and ignores: mapping.mode, num_workers, flush, retry.max_requests, *_dynamic_index.
 * `otelcol validate` says nothing of a key that is none of these.
 */
const KNOWN = new Set([
  'endpoint',
  'endpoints',
  'cloudid',
  'user',
  'password',
  'api_key',
  'pipeline',
  'metadata_keys',
  'logs_index',
  'metrics_index',
  'traces_index',
  'include_source_on_error',
  'proxy_url',
  'read_buffer_size',
  'write_buffer_size',
  'timeout',
  'compression',
  'max_idle_conns',
  'max_idle_conns_per_host',
  'max_conns_per_host',
  'idle_conn_timeout',
  'disable_keep_alives',
  'http2_read_idle_timeout',
  'http2_ping_timeout',
  'force_attempt_http2',
  'compression_params',
  'compression_params > level',
  'auth',
  'auth > authenticator',
  'headers',
  ...within('tls', ['ca_file', 'ca_pem', 'include_system_ca_certs_pool', 'cert_file', 'cert_pem', 'key_file']),
  ...within('tls', ['key_pem', 'min_version', 'max_version', 'cipher_suites', 'reload_interval', 'insecure']),
  ...within('tls', ['insecure_skip_verify', 'server_name_override', 'curve_preferences']),
  ...within('retry', ['enabled', 'max_retries', 'initial_interval', 'max_interval', 'retry_on_status']),
  ...within('sending_queue', ['enabled', 'storage', 'sizer', 'queue_size', 'block_on_overflow', 'num_consumers']),
  ...within('sending_queue', ['wait_for_result', 'batch']),
  ...within('sending_queue > batch', ['sizer', 'flush_timeout', 'min_size', 'max_size']),
  ...within('mapping', ['allowed_modes']),
  ...within('discover', ['on_start', 'interval']),
  ...['logs_dynamic_id', 'traces_dynamic_id', 'logs_dynamic_pipeline'].flatMap((key) => within(key, ['enabled'])),
  ...within('logstash_format', ['enabled', 'prefix_separator', 'date_format']),
  ...within('telemetry', ['log_request_body', 'log_response_body']),
  ...within('telemetry', ['log_failed_docs_input', 'log_failed_docs_input_rate_limit']),
]);

function within(parent: string, keys: readonly string[]): string[] {
  return [parent, ...keys.map((key) => `${parent} > ${key}`)];
}

/** Keys of the exporter, without its own name. */
function listExporterKeys(text: string): string[] {
  return listKeyPaths(text)
    .filter((path) => path.startsWith(EXPORTER))
    .map((path) => path.slice(EXPORTER.length));
}

function findUnknown(text: string): string[] {
  return listExporterKeys(text).filter((key) => !KNOWN.has(key));
}

const files = readCollectorFiles();
const gateway = files.find(({ name }) => name === 'gateway.yaml')?.text ?? '';

test('the list of keys is that of the version which is built', () => {
  expect(COLLECTOR_VERSION).toBe('0.148.0');
});

test.each(files)('$name has no key that the elasticsearch exporter does not know', ({ text }) => {
  expect(findUnknown(text)).toStrictEqual([]);
});

describe('this check', () => {
  test('sees the keys that are there', () => {
    expect(listExporterKeys(gateway)).toEqual(
      expect.arrayContaining([
        'endpoint',
        'retry > retry_on_status',
        'sending_queue > batch > min_size',
        'tls > ca_file',
      ]),
    );
  });

  test.each([
    [
      '    compression: gzip',
      '    retry_on_failure:\n      enabled: true\n',
      ['retry_on_failure', 'retry_on_failure > enabled'],
    ],
    ['    compression: gzip', '    suppress_conflict_errors: true\n', ['suppress_conflict_errors']],
    ['      max_retries:', '      max_requests: 5\n', ['retry > max_requests']],
    ['      allowed_modes:', '      mode: bodymap\n', ['mapping > mode']],
    ['        max_size:', '        max_items: 5\n', ['sending_queue > batch > max_items']],
  ])('sees one that slips in before %j', (before, added, expected) => {
    expect(gateway).toContain(`\n${before}`);
    expect(findUnknown(gateway.replace(`\n${before}`, `\n${added}${before}`))).toStrictEqual(expected);
  });
});
