// @needs Redis, Celery, collector, Elasticsearch
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readWorkerLines, serveLoggedCelery, startProducer } from './celery-apps.js';
import { ContainerLog } from './container-log.js';
import { serveRedis } from './queues.js';
import { startChain, waitForDocuments, withRequestId } from './stack.js';

test('Elasticsearch finds the lines of the web process and of the Python worker by one request id', async () => {
  const root = mkdtempSync(join(tmpdir(), 'barbossa-containers-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const chain = await startChain({
    configs: ['gateway.yaml', 'container-logs.yaml'],
    env: { BARBOSSA_CONTAINER_LOGS: join(root, '*/*-json.log*') },
  });
  onTestFinished(() => chain.stop());
  const redis = await serveRedis();
  const celery = await serveLoggedCelery(redis.url);
  const producer = await startProducer({ REDIS_URL: redis.url, OTEL_EXPORTER_OTLP_ENDPOINT: chain.collector.url });
  const requestId = randomUUID();
  await producer.ask('/music/a', requestId);
  const isDone = (): boolean => readWorkerLines(celery).some(({ level }) => level === 'ERROR');
  await expect.poll(isDone, { timeout: 20_000 }).toBe(true);
  const expected = readWorkerLines(celery).filter((line) => line.request_id === requestId);
  // Docker keeps what the worker has written.
  const labels = { 'barbossa.logs': 'stdout', 'barbossa.role': 'worker' };
  new ContainerLog(root, randomUUID().replaceAll('-', ''), labels).write(celery.output);
  const found = await waitForDocuments(chain.elasticsearch, withRequestId(requestId), expected.length + 1);
  const ofWorker = found.filter(({ _index: index }) => index.startsWith('celery-logs-'));
  const ofWeb = found.filter(({ _index: index }) => index.startsWith('barbossa-logs-'));
  expect(ofWeb).toMatchObject([{ _source: { message: 'puts a task in', logger: 'library', request_id: requestId } }]);
  const [traceId] = ofWeb.map(({ _source: source }) => source['trace_id']);
  expect(ofWorker.map(({ _source: source }) => source['message']).toSorted(compare)).toEqual(
    expected.map(({ message }) => message).toSorted(compare),
  );
  for (const { _source: source } of ofWorker) {
    expect(source).toMatchObject({ 'service.name': 'barbossa-worker', trace_id: traceId, request_id: requestId });
    expect(source['extras']).toMatchObject({ task: 'library.tag' });
  }
});

function compare(a: unknown, b: unknown): number {
  return String(a).localeCompare(String(b));
}
