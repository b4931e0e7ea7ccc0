// @needs Elasticsearch
import { readFileSync } from 'node:fs';
import { get as getHttp } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../scripts/stack/elasticsearch-client.js';
import { startReadyElasticsearch } from '../../scripts/stack/setup-elasticsearch.js';
import type { Elasticsearch } from './stack.js';

type User = 'reader' | 'setup' | 'writer';
type Request = readonly [method: string, path: string, body?: object];

const INDEX = 'barbossa-logs-2026.01.02';
const DOCUMENT = { timestamp: '2026-01-02T03:04:05.678Z', message: 'hello' };

let elasticsearch: Elasticsearch;
beforeAll(async () => {
  elasticsearch = await startReadyElasticsearch();
  const stored = await ask('writer', 'PUT', `/${INDEX}/_create/first?refresh=wait_for`, DOCUMENT);
  if (stored !== 201) throw new Error(`the first document was answered with ${stored}`);
  return elasticsearch.stop;
});

/** The status of a request. */
async function ask(as: User, method: string, path: string, body?: object): Promise<number> {
  return (await elasticsearch.request(method, path, { as, body })).status;
}

const SEARCH: Request = ['POST', `/${INDEX}/_search`, { query: { match_all: {} } }];
const COUNT: Request = ['GET', `/${INDEX}/_count`];
const READ: Request = ['GET', `/${INDEX}/_doc/first`];
const CREATE: Request = ['PUT', `/${INDEX}/_create/second`, DOCUMENT];
const CREATE_DAY: Request = ['PUT', '/celery-logs-2026.01.02/_create/first', DOCUMENT];
const OVERWRITE: Request = ['PUT', `/${INDEX}/_doc/first`, DOCUMENT];
const UPDATE: Request = ['POST', `/${INDEX}/_update/first`, { doc: { message: 'other' } }];
const DELETE: Request = ['DELETE', `/${INDEX}/_doc/first`];
const DELETE_INDEX: Request = ['DELETE', `/${INDEX}`];
const OTHER_INDEX: Request = ['PUT', '/other/_create/first', DOCUMENT];
const MAPPING: Request = ['PUT', `/${INDEX}/_mapping`, { properties: { price: { type: 'long' } } }];
const TEMPLATE: Request = ['PUT', '/_index_template/mine', { index_patterns: ['mine-*'] }];
const SETTINGS: Request = ['PUT', '/_cluster/settings', { persistent: { 'cluster.max_shards_per_node': 9 } }];
const HEALTH: Request = ['GET', '/_cluster/health'];

const ROLES: { user: User; may: Record<string, Request>; mayNot: Record<string, Request> }[] = [
  {
    user: 'writer',
    may: { CREATE, CREATE_DAY, HEALTH },
    mayNot: { SEARCH, COUNT, READ, OVERWRITE, UPDATE, DELETE, DELETE_INDEX, OTHER_INDEX, TEMPLATE, SETTINGS },
  },
  {
    user: 'reader',
    may: { SEARCH, COUNT, READ, HEALTH },
    mayNot: { CREATE, CREATE_DAY, OVERWRITE, UPDATE, DELETE, DELETE_INDEX, OTHER_INDEX, MAPPING, TEMPLATE, SETTINGS },
  },
  {
    user: 'setup',
    may: { TEMPLATE, HEALTH },
    mayNot: { SEARCH, COUNT, READ, CREATE, OVERWRITE, UPDATE, DELETE, OTHER_INDEX, SETTINGS },
  },
];

describe.each(ROLES)('barbossa_$user', ({ user, may, mayNot }) => {
  test.each(Object.entries(may))('may %s', async (_, [method, path, body]) => {
    expect([200, 201]).toContain(await ask(user, method, path, body));
  });

  test.each(Object.entries(mayNot))('may not %s', async (_, [method, path, body]) => {
    expect(await ask(user, method, path, body)).toBe(403);
  });
});

describe('the server', () => {
  test('takes nobody without a password, no wrong one, and has no superuser', async () => {
    const client = createClient(elasticsearch);
    const status = async (auth: string) => (await client.request('GET', '/_cluster/health', { auth })).status;
    expect(await status('barbossa_writer:wrong')).toBe(401);
    expect(await status(':')).toBe(401);
    expect(await status(`elastic:${elasticsearch.passwordOf('setup')}`)).toBe(401);
    client.close();
  });

  test('does not speak HTTP', async () => {
    const answer = new Promise((resolve, reject) => {
      getHttp(elasticsearch.url.replace('https:', 'http:'), resolve).once('error', reject);
    });
    await expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/);
  });

  test('knows the token that Kibana logs in with', async () => {
    const token = readFileSync(`${elasticsearch.prepared}/secrets/kibana.token`, 'utf8').trim();
    const client = createClient(elasticsearch);
    const answer = await client.request('GET', '/_security/_authenticate', { token });
    expect(answer).toMatchObject({ status: 200, body: { username: 'elastic/kibana' } });
    client.close();
  });
});
