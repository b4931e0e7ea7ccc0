// @needs collector, Elasticsearch, Kafka
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Collector } from '../../scripts/stack/collector.js';
import type { Elasticsearch } from '../../scripts/stack/elasticsearch.js';
import type { Kafka } from '../../scripts/stack/kafka.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';
import { makeRecord, makeRequest } from '../stack/otlp.js';
import { count, readMetric, withRequestId } from '../stack/stack.js';
import { deliver, Road, startServers, waitForLine } from './support/road.js';

/** Those that the exporter has begun to send. */
const DOCUMENTS = 'otelcol_elasticsearch_docs_received';

let elasticsearch: Elasticsearch;
let kafka: Kafka;
beforeAll(async () => {
  const servers = await startServers();
  ({ elasticsearch, kafka } = servers);
  return servers.stop;
});

async function makeRoad(): Promise<Road> {
  const road = new Road({ kafka, elasticsearch });
  await road.createTopic();
  return road;
}

describe('every acknowledged record is stored once', () => {
  test('when nothing is wrong', async () => {
    const road = await makeRoad();
    const agent = await road.startAgent();
    await road.startGateway();
    for (let request = 0; request < 20; request += 1) await road.send(agent, 50);
    // Longer than a message may be.
    await road.send(agent, 600, { text: 'x'.repeat(8_000) });
    await road.expectAll();
    await road.waitForCommits();
  });

  test('when the broker is killed and comes back', async () => {
    const road = await makeRoad();
    const agent = await road.startAgent();
    await road.startGateway();
    for (let request = 0; request < 5; request += 1) await road.send(agent, 100);
    await kafka.kill();
    const sending = Array.from({ length: 10 }, () => road.send(agent, 100));
    await waitForLine(agent, /unable to open connection to broker/);
    await kafka.start();
    await Promise.all(sending);
    await road.send(agent, 100);
    await road.expectAll();
  });

  test('when a gateway is killed with a batch in flight', async () => {
    const road = await makeRoad();
    const agent = await road.startAgent();
    const gateway = await road.startGateway();
    await road.send(agent, 10);
    await road.expectAll();
    elasticsearch.pause();
    onTestFinished(() => elasticsearch.resume());
    const anonymous = makeRecord({
      uid: null,
      message: 'without an id',
      attributes: { request_id: `${road.requestId}-a` },
    });
    await deliver(agent, makeRequest([anonymous]));
    await road.send(agent, 500);
    await waitUntil(async () => (await readMetric(gateway, DOCUMENTS)) > 10, { what: 'a batch is in flight' });
    await gateway.kill();
    elasticsearch.resume();
    await gateway.start();
    await road.expectAll();
    await road.waitForCommits();
    expect(await count(elasticsearch, withRequestId(`${road.requestId}-a`))).toBe(1);
  });

  test('when Elasticsearch is away and comes back: nothing is committed meanwhile', async () => {
    const road = await makeRoad();
    const agent = await road.startAgent();
    const gateway = await road.startGateway();
    await road.send(agent, 100);
    await road.expectAll();
    await road.waitForCommits();
    const before = await road.readGroup();
    await elasticsearch.kill();
    for (let request = 0; request < 20; request += 1) await road.send(agent, 50);
    await waitForOutage(gateway);
    const during = await road.readGroup();
    expect(during.committed).toBe(before.committed);
    expect(during.written).toBeGreaterThanOrEqual(before.written + 20);
    await elasticsearch.start();
    await road.expectAll();
    await road.waitForCommits();
  });

  test('when a gateway is told to end while Elasticsearch is away, and another reads on', async () => {
    const road = await makeRoad();
    const agent = await road.startAgent();
    const gateway = await road.startGateway();
    await road.send(agent, 100);
    await road.expectAll();
    await elasticsearch.kill();
    for (let request = 0; request < 10; request += 1) await road.send(agent, 50);
    await waitForOutage(gateway);
    await road.startGateway();
    expect(await gateway.terminate({ graceMs: 60_000 })).toStrictEqual({ code: 0, signal: null });
    await elasticsearch.start();
    await road.expectAll();
    await road.waitForCommits();
  });

  test('when a second gateway joins under load, and the first goes', async () => {
    const road = await makeRoad();
    const agent = await road.startAgent();
    const first = await road.startGateway();
    const load = startLoad(road, agent);
    await waitForRecords(road, 200);
    const second = await road.startGateway();
    await waitForMembers(road, 2);
    await waitForRecords(road, 200);
    await second.terminate();
    await waitForMembers(road, 1);
    await waitForRecords(road, 200);
    await load.stop();
    await road.expectAll();
    await road.waitForCommits();
    expect(first.running).toBe(true);
  });
});

/** Waits until the gateway's health check says that Elasticsearch is away. */
async function waitForOutage(gateway: Collector): Promise<void> {
  const ask = async (): Promise<string> => (await fetch(gateway.healthUrl)).text();
  await waitUntil(async () => (await ask()).includes('Elasticsearch request failed'), {
    what: 'the gateway says that Elasticsearch is away',
  });
}

/** How many records are not stored yet at most: more would only be waited for at the end. */
const BACKLOG = 1000;

/** Sends without a pause until it is told to stop. */
function startLoad(road: Road, agent: Collector): { stop: () => Promise<void> } {
  const end = new AbortController();
  const sendOn = async (): Promise<void> => {
    while (!end.signal.aborted) {
      await road.send(agent, 20);
      await waitUntil(async () => road.sent - (await countStored(road)) < BACKLOG, {
        what: 'the gateways keep up',
        timeoutMs: 90_000,
      });
    }
  };
  const senders = [sendOn(), sendOn(), sendOn()];
  return {
    stop: async () => {
      end.abort();
      await Promise.all(senders);
    },
  };
}

function countStored(road: Road): Promise<number> {
  return count(elasticsearch, withRequestId(road.requestId));
}

/** Waits until that many more are stored. */
async function waitForRecords(road: Road, more: number): Promise<void> {
  const start = await countStored(road);
  await waitUntil(async () => (await countStored(road)) >= start + more, {
    what: `${more} more documents`,
    timeoutMs: 60_000,
  });
}

async function waitForMembers(road: Road, members: number): Promise<void> {
  await waitUntil(async () => (await road.readGroup()).members === members, {
    what: `${members} gateways share the partitions`,
    timeoutMs: 60_000,
    everyMs: 500,
  });
}
