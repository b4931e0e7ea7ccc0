// @needs collector
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startCollector } from '../../scripts/stack/collector.js';
import { createSelfSigned, type SelfSigned } from '../integration/support/self-signed.js';
import { makeRecord, makeRequest, post } from './otlp.js';
import { readMetric, type Collector } from './stack.js';

// What comes in is what is looked at here: nobody listens where the documents would go.
const elasticsearch = { url: 'http://127.0.0.1:9' };
const MAX_REQUEST_BYTES = 100_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'barbossa-receiver-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

async function start(configs: string[] = [], env: Record<string, string> = {}): Promise<Collector> {
  const settings = { BARBOSSA_COLLECTOR_MAX_REQUEST_BYTES: String(MAX_REQUEST_BYTES), ...env };
  const collector = await startCollector({ configs: ['gateway.yaml', ...configs], elasticsearch, env: settings });
  onTestFinished(() => collector.stop());
  return collector;
}

function writeSecret(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

describe('a request', () => {
  test('that is acknowledged is in the queue', async () => {
    const collector = await start();
    expect(await post(collector.url, makeRequest([makeRecord()]))).toMatchObject({ status: 200 });
    expect(await readMetric(collector, 'otelcol_exporter_queue_size')).toBeGreaterThan(0);
  });

  test.each([
    ['no JSON', '{"resourceLogs":[', {}, 400, /expect/],
    ['JSON of something else', '[1,2]', {}, 400, /./],
    ['an id that is none', makeRequest([makeRecord({ fields: { traceId: 'zz' } })]), {}, 400, /./],
    ['no protobuf', 'hello', { 'content-type': 'application/x-protobuf' }, 400, /./],
    ['an unknown type', 'hello', { 'content-type': 'text/plain' }, 415, /415 unsupported media type/],
    ['no gzip', 'hello'.repeat(10), { 'content-encoding': 'gzip' }, 400, /gzip/],
    ['an unknown encoding', 'hello', { 'content-encoding': 'rot13' }, 400, /unsupported Content-Encoding/],
  ] as const)('of %s is refused with the reason', async (_, body, headers, status, reason) => {
    const collector = await start();
    const answer = await post(collector.url, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(reason);
  });

  test('over the limit is refused, and nothing of it is taken', async () => {
    const collector = await start();
    const answer = await post(collector.url, makeRequest([makeRecord({ message: 'x'.repeat(MAX_REQUEST_BYTES) })]));
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/request body too large/);
    expect(await readMetric(collector, 'otelcol_receiver_accepted_log_records')).toBe(0);
  });

  test('that unpacks to more than the limit is refused without being unpacked', async () => {
    const collector = await start();
    // 100 MB in 100 kB.
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"x":"'), Buffer.alloc(100_000_000, 'x')]));
    expect(bomb.length).toBeLessThan(MAX_REQUEST_BYTES);
    const before = await readMetric(collector, 'otelcol_process_memory_rss');
    const answer = await post(collector.url, bomb, { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/request body too large/);
    expect((await readMetric(collector, 'otelcol_process_memory_rss')) - before).toBeLessThan(50_000_000);
  });

  test('is refused with 503 while the queue is full', async () => {
    const collector = await start([], { BARBOSSA_COLLECTOR_QUEUE_BYTES: '2000000' });
    const body = makeRequest([makeRecord({ message: 'x'.repeat(90_000) })]);
    const statuses = new Set<number>();
    for (let round = 0; round < 200 && !statuses.has(503); round += 1) {
      statuses.add((await post(collector.url, body)).status);
    }
    expect([...statuses]).toStrictEqual([200, 503]);
    expect(await readMetric(collector, 'otelcol_exporter_enqueue_failed_log_records')).toBeGreaterThan(0);
  });
});

describe('with-token.yaml', () => {
  test('takes requests with the token and no other', async () => {
    const token = writeSecret('token', 'right-token\n');
    const collector = await start(['with-token.yaml'], { BARBOSSA_COLLECTOR_TOKEN_FILE: token });
    const body = makeRequest([makeRecord()]);
    const ask = async (headers: Record<string, string>) => (await post(collector.url, body, headers)).status;
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: 'Bearer wrong-token' })).toBe(401);
    expect(await ask({ authorization: 'Basic right-token' })).toBe(401);
    expect(await ask({ authorization: 'Bearer right-token' })).toBe(200);
    expect(collector.output).not.toContain('right-token');
  });
});

describe('with-tls.yaml', () => {
  const body = makeRequest([makeRecord()]);

  /** A collector with this certificate; gives its HTTPS address. */
  async function startSecure({ cert, key }: SelfSigned, env: Record<string, string> = {}): Promise<string> {
    const { url } = await start(['with-tls.yaml'], {
      BARBOSSA_COLLECTOR_CERT_FILE: writeSecret('collector.crt', cert),
      BARBOSSA_COLLECTOR_KEY_FILE: writeSecret('collector.key', key),
      ...env,
    });
    return url.replace('http:', 'https:');
  }

  test('takes HTTPS, not HTTP, and is trusted by those who know its authority', async () => {
    const own = createSelfSigned();
    const url = await startSecure(own);
    expect(await post(url, body, {}, { ca: own.cert })).toMatchObject({ status: 200 });
    await expect(post(url, body)).rejects.toThrow(/self-signed certificate/);
    const plain = await post(url.replace('https:', 'http:'), body);
    expect(plain.status).toBe(400);
    expect(plain.text).toContain('HTTP request to an HTTPS server');
  });

  test('with an expired certificate: the client is told so, and keeps its records', async () => {
    const own = createSelfSigned({ endMs: Date.now() - 60_000 });
    const url = await startSecure(own);
    await expect(post(url, body, {}, { ca: own.cert })).rejects.toThrow('certificate has expired');
  });

  test('asks for the certificate of a client where it has an authority for it', async () => {
    const own = createSelfSigned();
    const client = createSelfSigned();
    const stranger = createSelfSigned();
    const url = await startSecure(own, { BARBOSSA_COLLECTOR_CLIENT_CA_FILE: writeSecret('clients.crt', client.cert) });
    expect(await post(url, body, {}, { ca: own.cert, ...client })).toMatchObject({ status: 200 });
    await expect(post(url, body, {}, { ca: own.cert })).rejects.toThrow(/certificate required|ECONNRESET/);
    await expect(post(url, body, {}, { ca: own.cert, ...stranger })).rejects.toThrow(
      /bad certificate|unknown ca|ECONNRESET/,
    );
  });
});
