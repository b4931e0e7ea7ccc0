// @needs collector, Elasticsearch, disks
import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { startCollector } from '../../scripts/stack/collector.js';
import { Disk } from '../../scripts/stack/disk.js';
import { startReadyElasticsearch } from '../../scripts/stack/setup-elasticsearch.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';
import { makeRecord, makeRequest, post } from './otlp.js';
import { count, waitForDocuments, withRequestId, type Collector, type Elasticsearch } from './stack.js';

const DISK_BYTES = 8_000_000;
const RECORDS = 100;

let elasticsearch: Elasticsearch;
beforeAll(async () => {
  elasticsearch = await startReadyElasticsearch();
  return elasticsearch.stop;
});

let disk: Disk;
let collector: Collector;
let requestId: string;
let acknowledged: number;
beforeEach(async () => {
  requestId = randomUUID();
  acknowledged = 0;
  disk = new Disk(DISK_BYTES);
  onTestFinished(() => disk.unmount());
  collector = await startCollector({ elasticsearch: elasticsearch.writer, folder: disk.folder });
  onTestFinished(() => collector.stop());
  await elasticsearch.kill();
});

/** Sends records, and gives the status. */
async function trySome(): Promise<number> {
  const message = 'x'.repeat(300);
  const records = Array.from({ length: RECORDS }, () => makeRecord({ message, attributes: { request_id: requestId } }));
  const { status } = await post(collector.url, makeRequest(records));
  if (status === 200) acknowledged += RECORDS;
  return status;
}

/** Queues so much, in requests, that Elasticsearch gets it in more than the batches which are on their way at once. */
async function queueSome(): Promise<void> {
  for (let request = 0; request < 30; request += 1) expect(await trySome()).toBe(200);
}

async function waitForOutput(text: string): Promise<void> {
  await waitUntil(() => Promise.resolve(collector.output.includes(text)), { what: text });
}

test('a queue that fills its disk refuses what is new, keeps what it has, and takes more when it is empty', async () => {
  let status = 200;
  for (let request = 0; status === 200 && request < 1_000; request += 1) status = await trySome();
  expect(status).toBe(503);
  await waitForOutput("The queue's disk takes no new records: senders get a 503 and keep theirs");
  expect(await trySome()).toBe(503);
  await elasticsearch.start();
  await waitForDocuments(elasticsearch, withRequestId(requestId), acknowledged);
  await waitUntil(async () => (await trySome()) === 200, { what: 'room' });
  await waitForDocuments(elasticsearch, withRequestId(requestId), acknowledged);
});

test('somebody else fills the disk: what is queued waits, also over a kill, and is stored once there is room', async () => {
  await queueSome();
  disk.fill();
  expect(await trySome()).toBe(503);
  await collector.kill();
  await collector.start();
  await elasticsearch.start();
  await waitForOutput('The queue waits: what it has done cannot be written to its disk');
  disk.empty();
  await waitForOutput('The queue goes on');
  await waitForDocuments(elasticsearch, withRequestId(requestId), acknowledged);
});

test('a collector that is told to end while the disk is full ends at once, and loses nothing', async () => {
  await queueSome();
  await collector.kill();
  disk.fill();
  await collector.start();
  await waitForOutput('The queue waits: what it has done cannot be written to its disk');
  await collector.terminate({ graceMs: 20_000 });
  expect(await collector.exited).toMatchObject({ signal: null });
  disk.empty();
  await collector.start();
  await elasticsearch.start();
  await waitForDocuments(elasticsearch, withRequestId(requestId), acknowledged);
  expect(await count(elasticsearch, withRequestId(requestId))).toBe(acknowledged);
});
