// @needs collector
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildConfigArgs, COLLECTOR_FEATURE_GATES } from '../../scripts/stack/collector.js';
import { COLLECTOR_BINARY } from '../../scripts/stack/paths.js';
import { COLLECTOR_VERSION } from '../../scripts/stack/versions.js';

const GATES = ['--feature-gates', COLLECTOR_FEATURE_GATES];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'barbossa-configuration-'));
  for (const name of ['password', 'token', 'certificate', 'key']) writeFileSync(join(folder, name), 'x');
  return () => rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly output: string;
}

/** Runs the collector with nothing in its environment but where files are. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const files = {
    BARBOSSA_ELASTICSEARCH_PASSWORD_FILE: join(folder, 'password'),
    BARBOSSA_COLLECTOR_TOKEN_FILE: join(folder, 'token'),
    BARBOSSA_COLLECTOR_CERT_FILE: join(folder, 'certificate'),
    BARBOSSA_COLLECTOR_KEY_FILE: join(folder, 'key'),
    // It looks whether it can be made.
    BARBOSSA_COLLECTOR_QUEUE_DIR: join(folder, 'queue'),
  };
  return new Promise((resolve) => {
    execFile(COLLECTOR_BINARY, args, { env: { ...files, ...env }, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

test('the collector is the one of the manifest', async () => {
  expect((await run(['--version'])).output.trim()).toBe(`otelcol version ${COLLECTOR_VERSION}`);
});

describe('the collector finds nothing wrong with', () => {
  test.each([
    [['gateway.yaml']],
    [['gateway.yaml', 'container-logs.yaml']],
    [['gateway.yaml', 'with-token.yaml']],
    [['gateway.yaml', 'with-tls.yaml']],
    [['gateway.yaml', 'elasticsearch-nodes.yaml']],
    [['gateway.yaml', 'container-logs.yaml', 'with-token.yaml', 'with-tls.yaml']],
  ])('%j', async (configs) => {
    expect(await run(['validate', ...GATES, ...buildConfigArgs(configs)])).toStrictEqual({ code: 0, output: '' });
  });
});

describe('the collector says what is wrong with', () => {
  test.each([
    ['BARBOSSA_COLLECTOR_QUEUE_BYTES', 'much', /queue_size/],
    ['BARBOSSA_COLLECTOR_MEMORY_MIB', 'much', /limit_mib/],
    ['BARBOSSA_COLLECTOR_QUEUE_FSYNC', 'maybe', /fsync/],
    ['BARBOSSA_ELASTICSEARCH_URL', 'nowhere', /nowhere/],
    ['BARBOSSA_ELASTICSEARCH_PASSWORD_FILE', '/does/not/exist', /\/does\/not\/exist/],
    ['BARBOSSA_COLLECTOR_LOG_LEVEL', 'loud', /loud/],
  ])('%s=%s', async (variable, value, reason) => {
    const { code, output } = await run(['validate', ...GATES, ...buildConfigArgs(['gateway.yaml'])], {
      [variable]: value,
    });
    expect(output).toMatch(reason);
    expect(code).not.toBe(0);
  });

  test('a command without the feature gate', async () => {
    const { code, output } = await run(['validate', ...buildConfigArgs(['gateway.yaml'])]);
    expect(output).toContain('--feature-gates=+extension.healthcheck.useComponentStatus');
    expect(code).not.toBe(0);
  });
});
