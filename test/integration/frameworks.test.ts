import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { APPS, findUrls, startApp, type AppProcess } from './support/app-process.js';
import { prepareAliased } from './support/aliased-package.js';
import { writeRequest } from './support/express-requests.js';
import { scrapeUntil, select } from './support/metrics.js';
import { connectRaw, converse, readHeaders, readStatuses } from './support/raw-http.js';
import { countKeys, expectCounts } from './support/request-counts.js';

/** The same application in each framework, which knows of us only that it mounts health and metrics. */
interface Row {
  readonly name: string;
  readonly file: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another name of the package in the checkout, and its own. */
  readonly alias?: readonly [alias: string, name: string];
  /** Target and major version that are to be followed. */
  readonly followed?: string;
  /** How the root below the prefix is written. */
  readonly shopRoot?: string;
  /** The health pages other than `/health`. */
  readonly healthLive?: string;
}

const ROOT = path.resolve(APPS, '../../..');

const FASTIFY = { shopRoot: '/shops/:shop', healthLive: '/health/*' } as const;

const APPLICATIONS: readonly Row[] = [
  { name: 'Fastify 5, ESM', followed: 'fastify 5', file: 'fastify.mjs', ...FASTIFY },
  { name: 'Fastify 5, CommonJS', followed: 'fastify 5', file: 'fastify.cjs', ...FASTIFY },
  { name: 'Fastify 4, ESM', followed: 'fastify 4', file: 'fastify.mjs', alias: ['fastify4', 'fastify'], ...FASTIFY },
  {
    name: 'Fastify 4, CommonJS',
    followed: 'fastify 4',
    file: 'fastify.cjs',
    alias: ['fastify4', 'fastify'],
    ...FASTIFY,
  },
  { name: 'Koa 3, ESM', followed: 'koa 3', file: 'koa.mjs' },
  { name: 'Koa 3, CommonJS', followed: 'koa 3', file: 'koa.cjs' },
  { name: 'Koa 2, ESM', followed: 'koa 2', file: 'koa.mjs', alias: ['koa2', 'koa'] },
  { name: 'Koa 2, CommonJS', followed: 'koa 2', file: 'koa.cjs', alias: ['koa2', 'koa'] },
  { name: 'Hono 4, ESM', followed: 'hono 4', file: 'hono.mjs' },
  { name: 'Hono 4, CommonJS', followed: 'hono 4', file: 'hono.cjs' },
  { name: 'NestJS 11 on Express', file: 'nest.cjs' },
  { name: 'NestJS 11 on Fastify', file: 'nest.cjs', env: { ADAPTER: 'fastify' }, ...FASTIFY },
  { name: 'a router of its own', file: 'own-router.mjs' },
];

const SHARED = ['say-lines.cjs', 'fastify-app.cjs', 'koa-app.cjs'];

function start({ file, env, alias }: Row): AppProcess {
  const folder = alias === undefined ? '' : prepareAliased(...alias, [...SHARED, file]);
  return startApp(path.join(folder, file), { env: { NODE_ENV: 'production', ...env } });
}

/** What each of them is asked: request, endpoint, status. */
function listRequests({ shopRoot = '/shops/:shop', healthLive = '/health/live' }: Row): [string, string, number][] {
  return [
    ['GET /', '/', 200],
    ['GET /items/7', '/items/:id', 200],
    ['GET /items/7?token=secret', '/items/:id', 200],
    ['HEAD /items/7', '/items/:id', 200],
    ['POST /items', '/items', 201],
    ['GET /gone/7', '/gone/:id', 404],
    ['GET /throws/7', '/throws/:id', 500],
    ['GET /shops/7', shopRoot, 200],
    ['GET /shops/7/items/9', '/shops/:shop/items/:id', 200],
    ['GET /shops/7/nowhere', '<unmatched>', 404],
    ['GET /nowhere/7', '<unmatched>', 404],
    ['GET /health', '/health', 200],
    ['GET /health/live', healthLive, 200],
    ['GET /metrics', '/metrics', 200],
  ];
}

test.each(APPLICATIONS)('$name: each request is counted once, by its route', async (row) => {
  const app = start(row);
  const { url, admin } = await findUrls(app);
  const counted: string[] = [];
  for (const [request, endpoint, status] of listRequests(row)) {
    const [method = '', target = ''] = request.split(' ');
    const hasBody = method === 'POST';
    const headers = hasBody ? ['Content-Type: application/json'] : [];
    const received = await converse(url, writeRequest(method, target, headers, hasBody ? '{"title":"Aja"}' : ''));
    expect.soft(readStatuses(received), request).toEqual([status]);
    expect.soft(readHeaders(received, 'X-Request-ID'), request).toHaveLength(1);
    counted.push(`${method} ${endpoint} ${status}`);
  }
  const connection = await connectRaw(url);
  await connection.send(writeRequest('GET', '/hang/7'));
  await app.waitFor(/hanging/);
  connection.socket.destroy();
  const samples = await expectCounts(admin, countKeys([...counted, 'GET /hang/:id 499']));
  const followed = select(samples, 'barbossa_instrumentation_active').map(
    ({ labels, value }) => `${labels['target']} ${labels['version']?.split('.')[0]}: ${value}`,
  );
  if (row.followed !== undefined) expect(followed).toContain(`${row.followed}: 1`);
});

const RANDOM_URLS = 2_000;

test.each(APPLICATIONS)('$name: random URLs add one series', async (row) => {
  const { url, admin } = await findUrls(start(row));
  await fetch(`${url}/items/1`);
  for (let sent = 0; sent < RANDOM_URLS; sent += 50) {
    const some = Array.from({ length: 50 }, (_, at) => `${url}/${'x'.repeat(1 + (at % 9))}${sent + at}/a?b=${at}`);
    const statuses = await Promise.all(some.map(readStatus));
    expect(new Set(statuses)).toEqual(new Set([404]));
  }
  await expectCounts(admin, { 'GET /items/:id 200': 1, 'GET <unmatched> 404': RANDOM_URLS });
});

async function readStatus(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

const JOBS = 200;

test.each(APPLICATIONS)('$name: requests at the same time never mix their lines', async (row) => {
  const app = start(row);
  const { url, admin } = await findUrls(app);
  const send = (n: number): Promise<Response> => fetch(`${url}/jobs/${n}`, { headers: { 'x-request-id': `id-${n}` } });
  await Promise.all(Array.from({ length: JOBS }, (_, n) => send(n).then((response) => response.arrayBuffer())));
  await expectCounts(admin, { 'GET /jobs/:n 200': JOBS });
  const lines = app
    .stdout()
    .split('\n')
    .filter((line) => line.includes('"job '));
  expect(lines).toHaveLength(JOBS * 3);
  for (const line of lines) {
    const { message, request_id: id } = JSON.parse(line) as { message: string; request_id: string };
    expect(`id-${message.split(' ')[1]}`).toBe(id);
  }
});

test('metrics and health in the application are those of the admin server', async () => {
  const { url, admin } = await findUrls(startApp('hono.mjs'));
  const [own, other] = await Promise.all([url, admin].map((base) => fetch(`${base}/metrics`)));
  expect(own?.headers.get('content-type')).toBe(other?.headers.get('content-type'));
  expect(await own?.text()).toContain('barbossa_app_info{');
  const asked = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
  expect(await asked.text()).toMatch(/# EOF\n$/);
  expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'alive' });
});

test('metrics and health are texts for a server that sends them itself', async () => {
  const { url } = await findUrls(startApp('own-router.mjs'));
  const [page, live] = (await (await fetch(`${url}/texts`)).json()) as Record<string, unknown>[];
  expect(page?.['status']).toBe(200);
  expect(page?.['contentType']).toMatch(/^text\/plain/);
  expect(page?.['body']).toContain('barbossa_');
  expect(live).toEqual({ status: 200, contentType: 'application/json', body: '{"status":"alive"}' });
});

test('without the preload, metrics say so, and health is served', async () => {
  const app = startApp('own-router.mjs', { nodeOptions: [] });
  const [, url = ''] = await app.waitFor(/listening on (\S+)/);
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('preload')]);
  expect(await readStatus(`${url}/health/live`)).toBe(200);
  expect(await readStatus(`${url}/items/1`)).toBe(200);
});

test('setRoute with paths in place of templates: 200 of them, then one endpoint and one warning', async () => {
  const app = startApp('own-router.mjs');
  const { url, admin } = await findUrls(app);
  for (let n = 0; n < 300; n++) await readStatus(`${url}/careless/${n}`);
  const isThere = (endpoint: string, value: number) => (samples: Parameters<typeof select>[0]) =>
    select(samples, 'barbossa_requests_total').some(
      (one) => one.labels['endpoint'] === endpoint && one.value === value,
    );
  const samples = await scrapeUntil(admin, isThere('other', 100));
  expect(select(samples, 'barbossa_requests_total')).toHaveLength(201);
  expect(app.stderr().match(/setRoute: /g)).toHaveLength(1);
});

/** One file of all of an application and its packages, as for a container. */
async function bundle(file: string): Promise<string> {
  const outfile = path.join(ROOT, '.cache/test-apps/bundled', file.replace(/\.\w+$/, '.cjs'));
  const entry = path.join(APPS, file);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['barbossa-telemetry'],
    logLevel: 'silent',
  });
  return outfile;
}

const ITEM = ['GET /items/7', '/items/:id', 200] as const;
const NOWHERE = ['GET /nowhere/7', '<unmatched>', 404] as const;

test.each([
  // The mount path is the text that Express keeps.
  ['express5.js', [ITEM, NOWHERE, ['GET /shops/7/items/9', '/shops/7/items/:id', 200]]],
  ['fastify.cjs', [ITEM, NOWHERE, ['GET /shops/7/items/9', '/shops/:shop/items/:id', 200]]],
  // Nothing is left on Node's request: these say their routes by setRoute.
  ['koa.cjs', [['GET /items/7', '<unmatched>', 200], NOWHERE]],
  ['hono.cjs', [['GET /items/7', '<unmatched>', 200], NOWHERE]],
] as const)('%s in a bundle: the route that can be had', async (file, requests) => {
  const { url, admin } = await findUrls(startApp(await bundle(file), { env: { NODE_ENV: 'production' } }));
  for (const [request] of requests) await readStatus(url + request.slice('GET '.length));
  await expectCounts(admin, countKeys(requests.map(([, endpoint, status]) => `GET ${endpoint} ${status}`)));
});
