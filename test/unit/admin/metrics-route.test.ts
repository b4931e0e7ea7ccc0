import { describe, expect, test } from 'vitest';
import { makeMetricsRoute } from '../../../src/admin/metrics-route.js';
import { captureStderr } from '../metrics/test-meter.js';
import { request, startServer } from './client.js';

test('/metrics has the content type of the Prometheus text format', async () => {
  const { url } = await startServer([makeMetricsRoute(async () => '# no registered metrics')]);
  const { status, headers, body } = await request(`${url}/metrics`);
  expect([status, body.toString()]).toEqual([200, '# no registered metrics\n']);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
});

describe('a collection that', () => {
  test('fails is a 500 with its reason, a warning once and a line when it works again', async () => {
    const lines = captureStderr();
    let collect = (): Promise<string> => Promise.reject(new Error('connect http://user:secret@db:1/x\nat stack'));
    const { url } = await startServer([makeMetricsRoute(() => collect())]);
    for (let n = 0; n < 2; n += 1) {
      const { status, headers, body } = await request(`${url}/metrics`);
      expect([status, body.toString()]).toEqual([500, 'connect http://***@db:1/x at stack\n']);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    }
    collect = async () => 'a 1\n';
    expect((await request(`${url}/metrics`)).status).toBe(200);
    expect((await request(`${url}/metrics`)).status).toBe(200);
    expect(lines).toEqual([
      '[barbossa-telemetry] warn: /metrics: the metrics cannot be collected: connect http://***@db:1/x at stack',
      '[barbossa-telemetry] info: /metrics: the collection works again',
    ]);
  });

  test.each<[string, () => Promise<string>, string]>([
    [
      'throws',
      () => {
        throw new TypeError('no meter');
      },
      'no meter',
    ],
    ['throws a string', () => Promise.reject('plain'), 'plain'],
    ['throws an endless message', () => Promise.reject(new Error('e'.repeat(5_000))), `${'e'.repeat(199)}…`],
    ['is empty', async () => ' \n', 'the collection is empty'],
  ])('%s is a 500', async (_how, collect, reason) => {
    captureStderr();
    const { url } = await startServer([makeMetricsRoute(collect)]);
    const { status, body } = await request(`${url}/metrics`);
    expect([status, body.toString()]).toEqual([500, `${reason}\n`]);
  });

  test('hangs is a 503 after its deadline, and the next is a new one', async () => {
    captureStderr();
    let calls = 0;
    const hang = new Promise<string>(() => {});
    const { url } = await startServer([
      makeMetricsRoute(() => ((calls += 1) === 1 ? hang : Promise.resolve('a 1')), 30),
    ]);
    const { status, body } = await request(`${url}/metrics`);
    expect([status, body.toString()]).toEqual([503, 'the collection did not end within 30 ms\n']);
    expect((await request(`${url}/metrics`)).body.toString()).toBe('a 1\n');
  });

  test('hangs always is not started for ever', async () => {
    captureStderr();
    const release: (() => void)[] = [];
    const collect = (): Promise<string> => new Promise((resolve) => void release.push(() => resolve('a 1')));
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
  const collect = async (): Promise<string> => {
    const atStart = happened;
    calls += 1;
    active += 1;
    most = Math.max(most, active);
    await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
    active -= 1;
    return String(atStart);
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
  const pending: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
  const { answer } = makeMetricsRoute(() => new Promise((resolve, reject) => void pending.push({ resolve, reject })));
  const first = answer();
  const waiting = [answer(), answer(), answer()];
  expect(pending).toHaveLength(1);
  pending[0]?.reject(new Error('first'));
  expect(await first).toMatchObject({ status: 500, body: 'first\n' });
  await expect.poll(() => pending.length).toBe(2);
  pending[1]?.resolve('second');
  for (const shared of waiting) expect(await shared).toMatchObject({ status: 200, body: 'second\n' });
  expect(pending).toHaveLength(2);
});
