import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeMetricsRoute, type Exposition } from '../../../src/admin/metrics-route.js';
import { captureStderr } from '../metrics/test-meter.js';
import { request, startServer } from './client.js';

const OPEN_METRICS = { accept: 'application/openmetrics-text' };

/** What was collected, the same in both formats. */
function expose(text: string): Exposition {
  return { text: () => text, openMetrics: () => `${text}# EOF\n` };
}

test('/metrics has the content type of the Prometheus text format', async () => {
  const { url } = await startServer([makeMetricsRoute(async () => expose('# no registered metrics'))]);
  const { status, headers, body } = await request(`${url}/metrics`);
  expect([status, body.toString()]).toEqual([200, '# no registered metrics\n']);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
});

describe('/metrics in OpenMetrics', () => {
  test.each([
    ['application/openmetrics-text', '1.0.0'],
    ['application/openmetrics-text;version=0.0.1', '0.0.1'],
  ])('%s: content type and text', async (accept, version) => {
    const { url } = await startServer([makeMetricsRoute(async () => expose('a 1\n'))]);
    const { status, headers, body } = await request(`${url}/metrics`, { headers: { accept } });
    expect([status, body.toString()]).toEqual([200, 'a 1\n# EOF\n']);
    expect(headers['content-type']).toBe(`application/openmetrics-text; version=${version}; charset=utf-8`);
    expect(headers['cache-control']).toBe('no-store');
  });

  test('HEAD and gzip', async () => {
    const { url } = await startServer([makeMetricsRoute(async () => expose('a 1\n'.repeat(4_000)))]);
    const headers = { ...OPEN_METRICS, 'accept-encoding': 'gzip' };
    const got = await request(`${url}/metrics`, { headers });
    expect(gunzipSync(got.body).toString()).toBe(`${'a 1\n'.repeat(4_000)}# EOF\n`);
    const head = await request(`${url}/metrics`, { method: 'HEAD', headers });
    expect(head.body).toHaveLength(0);
    for (const name of ['content-type', 'content-length', 'content-encoding', 'vary']) {
      expect(head.headers[name], name).toBe(got.headers[name]);
    }
  });

  test('a failure is told in plain text', async () => {
    captureStderr();
    const { url } = await startServer([makeMetricsRoute(() => Promise.reject(new Error('no meter')))]);
    const { status, headers, body } = await request(`${url}/metrics`, { headers: OPEN_METRICS });
    expect([status, body.toString()]).toEqual([500, 'no meter\n']);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test('a form that cannot be made is a 500, the other is served', async () => {
    captureStderr();
    const openMetrics = (): string => {
      throw new Error('no form');
    };
    const { url } = await startServer([makeMetricsRoute(async () => ({ ...expose('a 1\n'), openMetrics }))]);
    expect((await request(`${url}/metrics`, { headers: OPEN_METRICS })).status).toBe(500);
    expect((await request(`${url}/metrics`)).status).toBe(200);
  });
});

describe('a collection that', () => {
  test('fails is a 500 with its reason, a warning once and a line when it works again', async () => {
    const lines = captureStderr();
    let collect = (): Promise<Exposition> => Promise.reject(new Error('connect http://user:secret@db:1/x\nat stack'));
    const { url } = await startServer([makeMetricsRoute(() => collect())]);
    for (let n = 0; n < 2; n += 1) {
      const { status, headers, body } = await request(`${url}/metrics`);
      expect([status, body.toString()]).toEqual([500, 'connect http://***@db:1/x at stack\n']);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    }
    collect = async () => expose('a 1\n');
    expect((await request(`${url}/metrics`)).status).toBe(200);
    expect((await request(`${url}/metrics`)).status).toBe(200);
    expect(lines).toEqual([
      '[barbossa-telemetry] warn: /metrics: the metrics cannot be collected: connect http://***@db:1/x at stack',
      '[barbossa-telemetry] info: /metrics: the collection works again',
    ]);
  });

  test.each<[string, () => Promise<Exposition>, string]>([
    [
      'throws',
      () => {
        throw new TypeError('no meter');
      },
      'no meter',
    ],
    ['throws a string', () => Promise.reject('plain'), 'plain'],
    ['throws an endless message', () => Promise.reject(new Error('e'.repeat(5_000))), `${'e'.repeat(199)}…`],
    ['is empty', async () => expose(' \n'), 'the collection is empty'],
  ])('%s is a 500', async (_how, collect, reason) => {
    captureStderr();
    const { url } = await startServer([makeMetricsRoute(collect)]);
    const { status, body } = await request(`${url}/metrics`);
    expect([status, body.toString()]).toEqual([500, `${reason}\n`]);
  });

  test('hangs is a 503 after its deadline, and the next is a new one', async () => {
    captureStderr();
    let calls = 0;
    const hang = new Promise<Exposition>(() => {});
    const { url } = await startServer([
      makeMetricsRoute(() => ((calls += 1) === 1 ? hang : Promise.resolve(expose('a 1'))), 30),
    ]);
    const { status, body } = await request(`${url}/metrics`);
    expect([status, body.toString()]).toEqual([503, 'the collection did not end within 30 ms\n']);
    expect((await request(`${url}/metrics`)).body.toString()).toBe('a 1\n');
  });

  test('hangs always is not started for ever', async () => {
    captureStderr();
    const release: (() => void)[] = [];
    const collect = (): Promise<Exposition> =>
      new Promise((resolve) => void release.push(() => resolve(expose('a 1'))));
    const { url } = await startServer([makeMetricsRoute(collect, 10)]);
    const bodies: string[] = [];
    for (let n = 0; n < 6; n += 1) bodies.push((await request(`${url}/metrics`)).body.toString());
    expect(release).toHaveLength(4);
    expect(bodies.at(-1)).toBe('4 collections have not ended\n');
    for (const end of release) end();
    const again = request(`${url}/metrics`);
    await expect.poll(() => release.length).toBe(5);
    release.at(-1)?.();
    await again;
  });
});

test('scrapes never overlap, and each sees all that happened before it', async () => {
  let active = 0;
  let most = 0;
  let calls = 0;
  let happened = 0;
  const collect = async (): Promise<Exposition> => {
    const atStart = happened;
    calls += 1;
    active += 1;
    most = Math.max(most, active);
    await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
    active -= 1;
    return expose(String(atStart));
  };
  const { url } = await startServer([makeMetricsRoute(collect)]);
  const scrapes = Array.from({ length: 50 }, async () => {
    const before = (happened += 1);
    const { body } = await request(`${url}/metrics`);
    return Number(body.toString()) >= before;
  });
  expect(await Promise.all(scrapes)).toEqual(Array.from({ length: 50 }, () => true));
  expect(most).toBe(1);
  expect(calls).toBeLessThanOrEqual(50);
});

test('scrapes that wait share one collection, also where it fails', async () => {
  captureStderr();
  const pending: { resolve: (found: Exposition) => void; reject: (error: Error) => void }[] = [];
  const { answer } = makeMetricsRoute(() => new Promise((resolve, reject) => void pending.push({ resolve, reject })));
  const first = answer({});
  const waiting = [answer({}), answer(OPEN_METRICS), answer({})];
  expect(pending).toHaveLength(1);
  pending[0]?.reject(new Error('first'));
  expect(await first).toMatchObject({ status: 500, body: 'first\n' });
  await expect.poll(() => pending.length).toBe(2);
  pending[1]?.resolve(expose('second\n'));
  for (const [at, shared] of waiting.entries()) {
    expect(await shared).toMatchObject({ status: 200, body: at === 1 ? 'second\n# EOF\n' : 'second\n' });
  }
  expect(pending).toHaveLength(2);
});
