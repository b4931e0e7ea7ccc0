import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromRoot } from '../../../../scripts/stack/paths.js';
import { KibanaDouble } from './kibana-double.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'barbossa-kibana-'));
  writeFileSync(join(folder, 'password'), 'secret-password\n');
  return () => rmSync(folder, { recursive: true, force: true });
});

const SCRIPT = fromRoot('deploy/kibana/setup.js');
const OBJECTS = readFileSync(fromRoot('deploy/kibana/objects.ndjson'), 'utf8').trimEnd().split('\n');

/** Runs setup.js. */
function run(env: Readonly<Record<string, string>>, script = SCRIPT): Promise<{ code: number; lines: string[] }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script], { env, timeout: 20_000 }, (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.trimEnd().split('\n');
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), lines });
    });
  });
}

const ALL_WELL = [
  `kibana: ${OBJECTS.length} objects: imported`,
  'kibana: data view Barbossa: web (barbossa-logs-*,logs-barbossa-*): there',
  'kibana: data view Barbossa: workers (celery-logs-*,logs-barbossa.worker-*): there',
  'kibana: data view Barbossa: web and workers (barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*): there',
  'kibana: done',
];

test('imports all objects, looks whether they are there, and does so again', async () => {
  const kibana = await KibanaDouble.start();
  for (let round = 0; round < 2; round += 1) {
    expect(await run({ BARBOSSA_KIBANA_URL: kibana.url })).toStrictEqual({ code: 0, lines: ALL_WELL });
  }
  const stored = Array.from(kibana.stored.values(), (object) => JSON.stringify(object));
  expect(stored.sort()).toStrictEqual([...OBJECTS].sort());
});

test('waits until Kibana is available', async () => {
  const kibana = await KibanaDouble.start();
  kibana.unready = [
    [503, 'Kibana server is not ready yet.'],
    [503, { status: { overall: { level: 'unavailable' } } }],
    [200, { status: { overall: { level: 'degraded' } } }],
  ];
  const { code, lines } = await run({ BARBOSSA_KIBANA_URL: kibana.url });
  expect(lines).toStrictEqual([
    `kibana: waiting for ${kibana.url}/: 503 Kibana server is not ready yet.`,
    `kibana: waiting for ${kibana.url}/: it is unavailable`,
    `kibana: waiting for ${kibana.url}/: it is degraded`,
    ...ALL_WELL,
  ]);
  expect(code).toBe(0);
});

test('logs in as the user that it is given', async () => {
  const kibana = await KibanaDouble.start();
  kibana.auth = 'barbossa_kibana:secret-password';
  const env = {
    BARBOSSA_KIBANA_URL: kibana.url,
    BARBOSSA_KIBANA_USER: 'barbossa_kibana',
    BARBOSSA_KIBANA_PASSWORD_FILE: join(folder, 'password'),
  };
  expect(await run(env)).toStrictEqual({ code: 0, lines: ALL_WELL });
  const { code, lines } = await run({ ...env, BARBOSSA_KIBANA_USER: 'somebody' });
  expect(lines).toStrictEqual([
    'kibana: failed: Kibana does not take this user or password: 401 missing authentication credentials',
  ]);
  expect(code).toBe(1);
});

describe('an import that failed, whatever its status', () => {
  test.each([
    [
      'success: false with the objects that failed',
      [
        200,
        {
          success: false,
          successCount: 11,
          errors: [
            { type: 'search', id: 'barbossa-errors', error: { type: 'unknown', message: 'too long', statusCode: 400 } },
          ],
        },
      ],
      `Kibana imported 11 of ${OBJECTS.length} objects: search barbossa-errors (unknown, too long)`,
    ],
    [
      'success: false without a word',
      [200, { success: false, successCount: 0 }],
      `Kibana imported 0 of ${OBJECTS.length} objects: {"success":false,"successCount":0}`,
    ],
    [
      'success: true for too few',
      [200, { success: true, successCount: 3 }],
      `Kibana imported 3 of ${OBJECTS.length} objects`,
    ],
    [
      'success: true with errors',
      [
        200,
        {
          success: true,
          successCount: OBJECTS.length,
          errors: [{ type: 'lens', id: 'a', error: { type: 'conflict' } }],
        },
      ],
      `Kibana imported ${OBJECTS.length} of ${OBJECTS.length} objects: lens a (conflict)`,
    ],
    ['no JSON at all', [200, '<html>a proxy</html>'], `Kibana imported 0 of ${OBJECTS.length} objects: {"message":`],
    ['a refusal', [403, { message: 'Unable to bulk_create' }], 'Kibana refused the objects: 403 Unable to bulk_create'],
    ['too large a file', [413, { message: 'Payload too large' }], 'Kibana refused the objects: 413 Payload too large'],
  ] as const)('%s', async (_, answer, said) => {
    const kibana = await KibanaDouble.start();
    kibana.importAnswer = answer;
    const { code, lines } = await run({ BARBOSSA_KIBANA_URL: kibana.url });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`kibana: failed: ${said}`);
    expect(code).toBe(1);
  });

  test('an object that refers to one that is not there', async () => {
    const kibana = await KibanaDouble.start();
    const copy = join(folder, 'copy');
    cpSync(fromRoot('deploy/kibana'), copy, { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
    const others = OBJECTS.filter((line) => (JSON.parse(line) as { type: string }).type !== 'index-pattern');
    writeFileSync(join(copy, 'objects.ndjson'), others.join('\n'));
    const { code, lines } = await run({ BARBOSSA_KIBANA_URL: kibana.url }, join(copy, 'setup.js'));
    expect(lines[0]).toContain('search barbossa-errors (missing_references, index-pattern barbossa-all-logs)');
    expect(code).toBe(1);
  });

  test('data views that are not where one looks for them', async () => {
    const kibana = await KibanaDouble.start();
    kibana.stored.set = () => kibana.stored;
    const { code, lines } = await run({ BARBOSSA_KIBANA_URL: kibana.url });
    expect(lines.at(-1)).toMatch(/^kibana: failed: the data view barbossa-logs is not there: 404 Saved object/);
    expect(code).toBe(1);
  });
});

describe('what it cannot do is said in one line', () => {
  test('a Kibana that does not come', async () => {
    const url = 'http://127.0.0.1:1';
    const { code, lines } = await run({ BARBOSSA_KIBANA_URL: url, BARBOSSA_SETUP_WAIT_SECONDS: '1' });
    expect(lines.at(-1)).toMatch(/^kibana: failed: http:\/\/127.0.0.1:1\/ was not ready in 1 s: connect ECONNREFUSED/);
    expect(code).toBe(1);
  });

  test.each([
    ['BARBOSSA_KIBANA_URL', 'kibana:5601', 'BARBOSSA_KIBANA_URL is "kibana:5601"; allowed: an http:// or https:// URL'],
    ['BARBOSSA_SETUP_WAIT_SECONDS', '-1', 'BARBOSSA_SETUP_WAIT_SECONDS is "-1"; allowed: a whole number'],
    ['BARBOSSA_KIBANA_CA_FILE', '/nowhere/ca.crt', 'BARBOSSA_KIBANA_CA_FILE: the file cannot be read: ENOENT'],
    ['BARBOSSA_KIBANA_USER', 'somebody', 'BARBOSSA_KIBANA_PASSWORD_FILE: the file cannot be read: ENOENT'],
  ])('%s=%s', async (variable, value, said) => {
    const { code, lines } = await run({ [variable]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`kibana: failed: ${said}`);
    expect(code).toBe(1);
  });

  test('the password is never said', async () => {
    const kibana = await KibanaDouble.start();
    kibana.auth = 'somebody:else';
    const env = { BARBOSSA_KIBANA_USER: 'somebody', BARBOSSA_KIBANA_PASSWORD_FILE: join(folder, 'password') };
    const { lines } = await run({ ...env, BARBOSSA_KIBANA_URL: kibana.url });
    expect(lines.join('\n')).not.toContain('secret-password');
  });
});
