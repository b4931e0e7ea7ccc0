// @needs Elasticsearch
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startElasticsearch } from '../../scripts/stack/elasticsearch.js';
import { findFreePorts } from '../../scripts/stack/free-ports.js';
import { fromRoot } from '../../scripts/stack/paths.js';
import { runSetup } from '../../scripts/stack/setup-elasticsearch.js';
import type { Elasticsearch } from './stack.js';

let elasticsearch: Elasticsearch;
beforeAll(async () => {
  elasticsearch = await startElasticsearch();
  return elasticsearch.stop;
});

const TEMPLATE = '/_index_template/barbossa-logs';
const run = (env: Record<string, string> = {}) => runSetup(elasticsearch, ['--without-ilm'], env);

/** One request as the user of setup.js, which has to succeed. */
async function change(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await elasticsearch.request(method, path, { as: 'setup', body });
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

interface Template {
  readonly template: { readonly mappings: { readonly properties: Record<string, unknown> } };
}

/** What deploy/ has. */
const shipped = JSON.parse(readFileSync(fromRoot('deploy/elasticsearch/index-template.json'), 'utf8')) as Template;

/** What the server has. */
async function readTemplate(): Promise<Template['template']> {
  const body = (await change('GET', TEMPLATE)) as { index_templates: { index_template: Template }[] };
  const [first] = body.index_templates;
  if (first === undefined) throw new Error('no template');
  return first.index_template.template;
}

test('applies, verifies, says so, and does nothing the second time', async () => {
  const first = await run();
  expect(first.output).toMatch(/index template barbossa-logs: (created|unchanged)/);
  expect(first).toMatchObject({ code: 0 });
  const second = await run();
  expect(second.output.split('\n')).toStrictEqual([
    'setup: ILM: left out (--without-ilm); old indices are not deleted by this server',
    'setup: index template barbossa-logs: unchanged',
    'setup: new indices barbossa-logs-*,celery-logs-*: get this template',
    'setup: existing indices: 0',
    'setup: done',
    '',
  ]);
  expect(second.code).toBe(0);
});

describe('a template that somebody else changed', () => {
  test.each([
    ['opened', { dynamic: true }, 'template.mappings.dynamic is true'],
    ['closed', { dynamic: 'strict' }, 'template.mappings.dynamic is "strict"'],
    ['with a field more', { properties: { price: { type: 'long' } } }, 'properties.price was added'],
    ['with extras as an object', { properties: { extras: { type: 'object' } } }, 'extras.type is "object"'],
  ])('is noticed and put right: %s', async (_, mappings, said) => {
    await run();
    const stored = await readTemplate();
    const properties = {
      ...shipped.template.mappings.properties,
      ...('properties' in mappings ? mappings.properties : {}),
    };
    const changed = { ...shipped.template.mappings, ...mappings, properties };
    // Not as it is shipped: this server does not know ILM's setting.
    await change('PUT', TEMPLATE, { ...shipped, template: { ...stored, mappings: changed } });

    const { code, output } = await run();
    expect(output).toContain('index template barbossa-logs: somebody has changed it (');
    expect(output).toContain(said);
    expect(code).toBe(0);
    expect(await readTemplate()).toStrictEqual(stored);
  });

  test('by one of a higher priority is noticed, and nothing is said to be well', async () => {
    const other = { index_patterns: ['barbossa-*'], priority: 900, template: { mappings: { dynamic: true } } };
    await change('PUT', '/_index_template/other', other);
    onTestFinished(async () => void (await change('DELETE', '/_index_template/other')));
    const { code, output } = await run();
    expect(output).toMatch(
      /failed: an index barbossa-logs-2000.01.01 would not get this template \(.+\): is there one/,
    );
    expect(code).toBe(1);
  });

  test('before an index was made: the index is named', async () => {
    await run();
    const index = 'celery-logs-2001.02.03';
    await change('PUT', `/${index}`, { mappings: { dynamic: true } });
    onTestFinished(async () => void (await change('DELETE', `/${index}`)));
    const { code, output } = await run();
    expect(output).toContain(`failed: made without this template, so records may be refused: ${index};`);
    expect(code).toBe(1);
  });
});

describe('what it cannot mend is said in one line', () => {
  test('a server without ILM', async () => {
    const { code, output } = await runSetup(elasticsearch, []);
    expect(output).toMatch(/^setup: failed: this server has no ILM .+ --without-ilm goes on all the same\n$/);
    expect(code).toBe(1);
  });

  test('a wrong password', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'barbossa-setup-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'password');
    writeFileSync(file, 'not-this-one', { mode: 0o600 });
    const { code, output } = await run({ BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE: file });
    expect(output).toMatch(/failed: the server does not take this user or password: 401/);
    expect(output).not.toContain('not-this-one');
    expect(code).toBe(1);
  });

  test('an authority that is not the one of the certificate', async () => {
    const { code, output } = await run({ BARBOSSA_ELASTICSEARCH_CA_FILE: '' });
    expect(output).toMatch(/failed: https:.+: the certificate is of another authority; see BARBOSSA_ELASTICSEARCH_CA/);
    expect(code).toBe(1);
  });

  test('a server that does not come', async () => {
    const [port] = await findFreePorts(1);
    const url = `https://127.0.0.1:${port}`;
    const { code, output } = await run({ BARBOSSA_ELASTICSEARCH_URL: url, BARBOSSA_SETUP_WAIT_SECONDS: '1' });
    expect(output).toContain(`setup: waiting for ${url}: connect ECONNREFUSED`);
    expect(output).toContain(`failed: ${url} was not ready in 1 s`);
    expect(code).toBe(1);
  });
});
