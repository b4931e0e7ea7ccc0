// @needs collector, Elasticsearch
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startCollector } from '../../scripts/stack/collector.js';
import { findFreePorts } from '../../scripts/stack/free-ports.js';
import { startReadyElasticsearch } from '../../scripts/stack/setup-elasticsearch.js';
import { waitUntil } from '../../scripts/stack/wait-until.js';
import { createSelfSigned } from '../integration/support/self-signed.js';
import { makeRecord, send } from './otlp.js';
import { nameDay, readMetric, waitForDocuments, withRequestId, type Collector, type Elasticsearch } from './stack.js';

let elasticsearch: Elasticsearch;
beforeAll(async () => {
  elasticsearch = await startReadyElasticsearch();
  return elasticsearch.stop;
});

let collector: Collector;
let requestId: string;
let sent: number;
beforeEach(() => {
  requestId = randomUUID();
  sent = 0;
});

async function start(options: Partial<Parameters<typeof startCollector>[0]> = {}): Promise<void> {
  collector = await startCollector({ elasticsearch: elasticsearch.writer, ...options });
  onTestFinished(() => collector.stop());
}

async function sendSome(count: number): Promise<void> {
  const attributes = { request_id: requestId };
  await send(
    collector.url,
    Array.from({ length: count }, () => makeRecord({ message: `m${(sent += 1)}`, attributes })),
  );
}

/** All that was sent is stored, each once. */
async function expectAll(): Promise<void> {
  const documents = await waitForDocuments(elasticsearch, withRequestId(requestId), sent, 90_000);
  expect(new Set(documents.map(({ _source: source }) => source['message'])).size).toBe(sent);
}

function findLine(part: string): string | undefined {
  return collector.output.split('\n').find((line) => line.includes(part));
}

/** Waits until the collector's health check says what is wrong. */
async function waitForReason(reason: RegExp): Promise<void> {
  let said = '';
  await waitUntil(
    async () => {
      said = await (await fetch(collector.healthUrl)).text();
      return reason.test(said);
    },
    { what: String(reason), detail: () => said },
  );
}

/** Passes connections on to a port of this machine. */
function createRelay(port: number): Server {
  return createTcpServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  });
}

describe('every acknowledged record is stored once', () => {
  test('when Elasticsearch is away and comes back', async () => {
    await start();
    await sendSome(500);
    await elasticsearch.kill();
    await sendSome(500);
    expect(await readMetric(collector, 'otelcol_exporter_queue_size')).toBeGreaterThan(0);
    await waitForReason(/"healthy":true.*Elasticsearch request failed: .*connection refused/);
    await elasticsearch.start();
    await sendSome(500);
    await expectAll();
  });

  test('when the collector is killed in the middle of an outage, and after it', async () => {
    await start();
    await elasticsearch.kill();
    await sendSome(1000);
    await collector.kill();
    await collector.start();
    await sendSome(1000);
    await elasticsearch.start();
    await collector.kill();
    await collector.start();
    await expectAll();
  });

  test('when the collector is told to end in an outage, and killed as it does not', async () => {
    await start();
    await elasticsearch.kill();
    await sendSome(1000);
    await collector.terminate({ graceMs: 3000 });
    await collector.start();
    await elasticsearch.start();
    await expectAll();
  });

  test('when the collector is stopped for a while', async () => {
    await start();
    collector.pause();
    const sending = sendSome(100);
    collector.resume();
    await sending;
    await expectAll();
  });

  test('when the password was wrong until somebody mended it', async () => {
    const { url, caFile, user } = elasticsearch.writer;
    await start({ elasticsearch: { url, caFile, user, password: 'wrong-one' } });
    await sendSome(100);
    await waitForReason(/Elasticsearch request failed: 401 Unauthorized/);
    expect(collector.output).not.toContain('wrong-one');
    await collector.kill();
    writeFileSync(join(collector.folder, 'writer.password'), elasticsearch.passwordOf('writer'));
    await collector.start();
    await expectAll();
  });

  test('when the certificate had expired until somebody renewed it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'barbossa-expired-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const expired = createSelfSigned({ endMs: Date.now() - 60_000 });
    const caFile = join(folder, 'ca.crt');
    writeFileSync(caFile, readFileSync(elasticsearch.caFile, 'utf8') + expired.cert);
    const [port = 0] = await findFreePorts(1);
    const server = createServer(expired, (_, response) => response.end('{}')).listen(port, '127.0.0.1');
    await start({ elasticsearch: { ...elasticsearch.writer, url: `https://127.0.0.1:${port}`, caFile } });
    await sendSome(100);
    await waitForReason(/certificate has expired or is not yet valid/);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    // The same address, with a certificate that is good.
    const relay = createRelay(elasticsearch.port).listen(port, '127.0.0.1');
    onTestFinished(() => void relay.close());
    await expectAll();
  });
});

test('a document that a changed mapping refuses is named in the log, and those beside it are stored', async () => {
  const day = nameDay(Date.now() - 3 * 86_400_000);
  const mappings = { properties: { extras: { type: 'object', dynamic: 'strict' } } };
  const index = `/barbossa-logs-${day}`;
  expect(await elasticsearch.request('PUT', index, { as: 'setup', body: { mappings } })).toMatchObject({ status: 200 });
  onTestFinished(async () => void (await elasticsearch.request('DELETE', index, { as: 'setup' })));
  await start();
  const attributes = { request_id: requestId };
  const old = makeRecord({ timeMs: Date.now() - 3 * 86_400_000, attributes: { ...attributes, key: 'SECRET-TEXT' } });
  await send(collector.url, [makeRecord({ attributes }), old, makeRecord({ attributes })]);
  await waitForDocuments(elasticsearch, withRequestId(requestId), 2);
  const refusal = await waitUntil(() => findLine('failed to index document'), {
    what: 'a line in the log',
    detail: () => collector.output.slice(-4000),
  });
  expect(refusal).toMatch(/"index": "barbossa-logs-.+"error.type": "strict_dynamic_mapping_exception"/);
  expect(refusal).toMatch(/"error.reason": ".*mapping set to strict, dynamic introduction of/);
  expect(collector.output).not.toContain('SECRET-TEXT');
});
