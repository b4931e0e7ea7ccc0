// @needs collector
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { buildConfigArgs, COLLECTOR_FEATURE_GATES } from '../../scripts/stack/collector.js';
import { COLLECTOR_BINARY, fromRoot } from '../../scripts/stack/paths.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'barbossa-kafka-configuration-'));
  for (const name of ['password', 'token']) writeFileSync(join(folder, name), 'x');
  return () => rmSync(folder, { recursive: true, force: true });
});

/** Has the collector read files of otel-collector/, with nothing in its environment but where files are. */
function validate(
  configs: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  const args = ['validate', '--feature-gates', COLLECTOR_FEATURE_GATES, ...buildConfigArgs(configs)];
  const files = {
    BARBOSSA_ELASTICSEARCH_PASSWORD_FILE: join(folder, 'password'),
    BARBOSSA_KAFKA_PASSWORD_FILE: join(folder, 'password'),
    BARBOSSA_COLLECTOR_TOKEN_FILE: join(folder, 'token'),
    BARBOSSA_COLLECTOR_QUEUE_DIR: join(folder, 'queue'),
  };
  return new Promise((resolve) => {
    execFile(COLLECTOR_BINARY, args, { env: { ...files, ...env }, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

const AGENT = ['agent.yaml', 'agent-to-kafka.yaml'];
const GATEWAY = ['gateway.yaml', 'gateway-from-kafka.yaml'];

describe('the collector finds nothing wrong with', () => {
  test.each([
    [AGENT],
    [[...AGENT, 'kafka-with-login.yaml']],
    [['agent.yaml', 'agent-with-token.yaml', 'agent-to-kafka.yaml', 'kafka-with-login.yaml']],
    [['agent.yaml', 'container-logs.yaml', 'pod-logs.yaml', 'agent-to-kafka.yaml', 'pod-logs-to-kafka.yaml']],
    [GATEWAY],
    [[...GATEWAY, 'kafka-with-login.yaml']],
    [['gateway.yaml', 'container-logs.yaml', 'with-token.yaml', 'gateway-from-kafka.yaml', 'kafka-with-login.yaml']],
  ])('%j', async (configs) => {
    expect(await validate(configs)).toStrictEqual({ code: 0, output: '' });
  });
});

describe('the collector says what is wrong with', () => {
  test.each([
    ['BARBOSSA_KAFKA_BROKERS', '[]', AGENT, /brokers/],
    ['BARBOSSA_KAFKA_MAX_MESSAGE_BYTES', 'much', AGENT, /max_message_bytes/],
    ['BARBOSSA_KAFKA_PLAINTEXT', 'maybe', GATEWAY, /insecure/],
    ['BARBOSSA_KAFKA_MECHANISM', 'NTLM', [...GATEWAY, 'kafka-with-login.yaml'], /NTLM/],
    ['BARBOSSA_KAFKA_PASSWORD_FILE', '/does/not/exist', [...AGENT, 'kafka-with-login.yaml'], /\/does\/not\/exist/],
  ])('%s=%s', async (variable, value, configs, reason) => {
    const { code, output } = await validate(configs, { [variable]: value });
    expect(output).toMatch(reason);
    expect(code).not.toBe(0);
  });
});

interface Exporters {
  readonly exporters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function readExporter(file: string, name: string): Readonly<Record<string, unknown>> {
  const { exporters } = parse(readFileSync(fromRoot(`otel-collector/${file}`), 'utf8')) as Exporters;
  return exporters[name] ?? {};
}

test("what was read from Kafka goes to Elasticsearch as the gateway's own records do, but for the queue", () => {
  const own = readExporter('gateway.yaml', 'elasticsearch');
  const { sending_queue: queue, ...other } = readExporter('gateway-from-kafka.yaml', 'elasticsearch/kafka');
  expect({ ...other, sending_queue: own['sending_queue'] }).toStrictEqual(own);
  expect(queue).toStrictEqual({ enabled: false });
});
