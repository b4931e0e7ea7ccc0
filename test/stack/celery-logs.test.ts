// @needs Redis, Celery
import { expect, test } from 'vitest';
import { readWorkerLines, serveLoggedCelery, startProducer, type WorkerLine } from './celery-apps.js';
import { serveRedis } from './queues.js';

test("a task that a request put in logs with that request's id and trace, and so does what it puts in", async () => {
  const redis = await serveRedis();
  const celery = await serveLoggedCelery(redis.url);
  const { ask, lines } = await startProducer({ REDIS_URL: redis.url });
  await ask('/music/a', 'voyage-1');
  await ask('/music/b', 'voyage-2');
  const findLines = (path: string): WorkerLine[] =>
    readWorkerLines(celery).filter(({ message }) => message === `tags of ${path}`);
  await expect
    .poll(() => [findLines('/music/a').length, findLines('/music/b').length], { timeout: 20_000 })
    .toEqual([2, 2]);
  const web = lines()
    .split('\n')
    .filter((line) => line.includes('puts a task in'))
    .map((line) => JSON.parse(line) as WorkerLine);
  expect(web.map(({ request_id: id }) => id)).toEqual(['voyage-1', 'voyage-2']);
  for (const [index, path] of ['/music/a', '/music/b'].entries()) {
    for (const line of findLines(path)) {
      expect(line).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        level: 'INFO',
        logger: 'barbossa.library',
        module: 'barbossa_logged',
        function: 'tag',
        line: expect.any(Number) as number,
        request_id: web[index]?.request_id,
        trace_id: web[index]?.trace_id,
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        'service.name': 'barbossa-worker',
        extras: { folder: path, odd: expect.stringContaining('object') as string, task: 'library.tag' },
      });
    }
  }
  // The second task of each fails.
  await expect.poll(() => findErrors(readWorkerLines(celery)).length, { timeout: 20_000 }).toBe(2);
  for (const { request_id: id, exception } of findErrors(readWorkerLines(celery))) {
    expect(id).toMatch(/^voyage-[12]$/);
    expect(exception).toContain('ValueError: no\ntags \u2028 in /music/');
  }
});

function findErrors(lines: readonly WorkerLine[]): WorkerLine[] {
  return lines.filter(({ level }) => level === 'ERROR');
}

test('a task without headers, and with headers that are none, logs without them', async () => {
  const redis = await serveRedis();
  const celery = await serveLoggedCelery(redis.url);
  await celery.runPython(`
from barbossa_logged import tag
tag.delay("/plain", 0)
for number, headers in enumerate([
    {"x-request-id": 7, "traceparent": ["00"]},
    {"x-request-id": "two\\nlines", "traceparent": "00-" + "0" * 32 + "-" + "1" * 16 + "-01"},
    {"x-request-id": "x" * 129, "traceparent": "00-" + "g" * 32 + "-" + "1" * 16 + "-01"},
    {"x-request-id": "", "traceparent": ""},
]):
    tag.apply_async(["/odd/%s" % number, 0], headers=headers)
tag.apply_async(["/good", 0], headers={"x-request-id": "good-1"})
`);
  const findOwn = (): WorkerLine[] => readWorkerLines(celery).filter(({ message }) => message.startsWith('tags of '));
  await expect.poll(() => findOwn().length, { timeout: 20_000 }).toBe(6);
  for (const line of findOwn()) {
    expect(line.request_id).toBe(line.message === 'tags of /good' ? 'good-1' : undefined);
    expect(line).not.toHaveProperty('trace_id');
    expect(line).not.toHaveProperty('span_id');
  }
});
