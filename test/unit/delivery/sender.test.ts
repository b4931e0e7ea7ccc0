import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { encodeProtobuf } from '../../../src/delivery/protobuf.js';
import { createSender, type Sender, type SenderOptions } from '../../../src/delivery/sender.js';

interface Seen {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly socket: Socket;
}

interface TestServer {
  readonly url: string;
  readonly seen: Seen[];
}

type Answer = (response: ServerResponse, count: number) => void;

const accept: Answer = (response) => response.end('{}');

async function startServer(answer: Answer): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ request, body: Buffer.concat(chunks), socket: request.socket });
      answer(response, seen.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`, seen };
}

function makeSender(url: string, options: Partial<SenderOptions> = {}): Sender {
  const sender = createSender({ url, headers: {}, timeoutMs: 5_000, compression: 'none', ...options });
  onTestFinished(() => sender.close());
  return sender;
}

test('posts JSON with the headers of the settings, over one connection', async () => {
  const { url, seen } = await startServer(accept);
  const sender = makeSender(url, { headers: { authorization: 'Bearer x', 'content-type': 'nonsense' } });
  const body = '{"text":"é🎵"}';
  expect(await sender.send(body)).toEqual({ outcome: 'accepted', rejected: 0, reason: '' });
  await sender.send(body);
  expect(seen.map(({ body: bytes }) => bytes.toString())).toEqual([body, body]);
  expect(seen[0]?.socket).toBe(seen[1]?.socket);
  expect(seen[0]?.request).toMatchObject({ method: 'POST', url: '/v1/logs' });
  expect(seen[0]?.request.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer x' });
});

test('compresses', async () => {
  const { url, seen } = await startServer(accept);
  const body = JSON.stringify({ text: 'x'.repeat(10_000) });
  await makeSender(url, { compression: 'gzip' }).send(body);
  expect(seen[0]?.request.headers['content-encoding']).toBe('gzip');
  expect(seen[0]?.body.length).toBeLessThan(1_000);
  expect(gunzipSync(seen[0]?.body ?? '').toString()).toBe(body);
});

test('what a server has answered before it took all of it is still sent as it was', async () => {
  const connections: Socket[] = [];
  const server = net.createServer(
    { pauseOnConnect: true },
    (socket) => void connections.push(socket.on('error', () => {})),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  const sender = makeSender(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`);
  // No more than a sender keeps memory for; six of them are more than there is room for on the way.
  const letters = ['a', 'b', 'c', 'd', 'e', 'f'];
  const bodies = letters.map((letter) => Array.from({ length: 180 }, () => letter.repeat(10_000)));
  for (const body of bodies) {
    const sending = sender.send(body);
    await vi.waitUntil(() => connections.length > 0);
    await sleep(30);
    connections[0]?.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
    await Promise.race([sending, sleep(200)]);
  }
  let received = '';
  connections[0]
    ?.setEncoding('latin1')
    .on('data', (chunk: string) => (received += chunk))
    .resume();
  await vi.waitUntil(() => received.length > 1_800_000 * 3);
  await sleep(100);
  const found = received
    .split('\r\n\r\n')
    .slice(1)
    .map((body) => new Set(body.slice(0, 1_800_000)));
  expect(found.map((seen) => Array.from(seen).join(''))).toEqual(letters.slice(0, found.length));
});

test.each([
  [400, { outcome: 'refused', tooLarge: false }],
  [413, { outcome: 'refused', tooLarge: true }],
  [422, { outcome: 'refused' }],
  [301, { outcome: 'retry' }],
  [401, { outcome: 'retry' }],
  [403, { outcome: 'retry' }],
  [404, { outcome: 'retry' }],
  [415, { outcome: 'retry' }],
  [429, { outcome: 'retry' }],
  [500, { outcome: 'retry' }],
  [502, { outcome: 'retry' }],
  [503, { outcome: 'retry' }],
])('%i', async (status, expected) => {
  const { url } = await startServer((response) => response.writeHead(status).end('a reason'));
  const result = await makeSender(url).send('{}');
  expect(result).toMatchObject(expected);
  expect(result.reason).toBe(`HTTP ${status}: a reason`);
});

test.each([
  ['7', 7_000],
  ['0', 0],
  ['100000', 60_000],
  ['007', 7_000],
  [' 7 ', 7_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', undefined],
  ['Sunday, 06-Nov-94 08:49:37 GMT', undefined],
  ['Fri Nov  6 08:49:37 2199', undefined],
  ['2199-01-01T00:00:00Z', undefined],
  ['Fri, 01 Jan 2199 00:00:00 GMT', 60_000],
  ['1.5', undefined],
  ['1e3', undefined],
  ['-1', undefined],
  ['+7', undefined],
  ['0x10', undefined],
  ['Infinity', undefined],
  ['7, 8', undefined],
  ['7 s', undefined],
  ['9'.repeat(400), undefined],
  ['soon', undefined],
  ['', undefined],
])('Retry-After: %s', async (header, afterMs) => {
  const { url } = await startServer((response) => response.writeHead(503, { 'retry-after': header }).end());
  expect(((await makeSender(url).send('{}')) as { afterMs?: number }).afterMs).toBe(afterMs);
});

test('Retry-After as a date', async () => {
  const date = new Date(Date.now() + 50_000).toUTCString();
  const { url } = await startServer((response) => response.writeHead(429, { 'retry-after': date }).end());
  const { afterMs = 0 } = (await makeSender(url).send('{}')) as { afterMs?: number };
  expect(afterMs).toBeGreaterThan(30_000);
  expect(afterMs).toBeLessThanOrEqual(60_000);
});

test.each([
  ['{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"too odd"}}', 3, 'too odd'],
  ['{"partialSuccess":{"rejectedLogRecords":2}}', 2, ''],
  ['{"partialSuccess":{}}', 0, ''],
  ['{}', 0, ''],
  ['', 0, ''],
  ['null', 0, ''],
  ['<html>', 0, ''],
])('accepted with %s', async (text, rejected, reason) => {
  const { url } = await startServer((response) => response.end(text));
  expect(await makeSender(url).send('{}')).toEqual({ outcome: 'accepted', rejected, reason });
});

test('no answer in time, a connection that is reset, and one that is refused are to be tried again', async () => {
  const hanging = await startServer(() => {});
  const resetting = await startServer((response) => void response.socket?.resetAndDestroy());
  const broken = await startServer((response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{');
    setImmediate(() => response.destroy());
  });
  expect(await makeSender(hanging.url, { timeoutMs: 100 }).send('{}')).toMatchObject({
    outcome: 'retry',
    reason: 'no answer within 100 ms',
  });
  expect(await makeSender(resetting.url).send('{}')).toMatchObject({ outcome: 'retry' });
  expect(resetting.seen).toHaveLength(1);
  expect(await makeSender(broken.url).send('{}')).toMatchObject({ outcome: 'retry' });
  expect(await makeSender('http://127.0.0.1:1/v1/logs').send('{}')).toMatchObject({ outcome: 'retry' });
});

test('a connection that the server had closed meanwhile costs one silent try', async () => {
  const { url, seen } = await startServer((response, count) => {
    if (count === 2) response.socket?.resetAndDestroy();
    else response.end('{}');
  });
  const sender = makeSender(url);
  await sender.send('{"first":1}');
  expect(await sender.send('{"second":2}')).toMatchObject({ outcome: 'accepted' });
  expect(seen.map(({ body }) => body.toString())).toEqual(['{"first":1}', '{"second":2}', '{"second":2}']);
});

test('protobuf: its content type, the bytes of the records, compressed or not', async () => {
  const { url, seen } = await startServer(accept);
  const body = [
    '{"resourceLogs":[{"scopeLogs":[{"scope":{"name":"a"},',
    '"logRecords":[{"body":{"stringValue":"é"}}]}]}]}',
  ];
  const protocol = 'http/protobuf';
  expect(await makeSender(url, { protocol }).send(body)).toMatchObject({ outcome: 'accepted' });
  expect(await makeSender(url, { protocol, compression: 'gzip' }).send(body)).toMatchObject({ outcome: 'accepted' });
  const [plain, zipped] = seen;
  expect(plain?.request.headers).toMatchObject({ 'content-type': 'application/x-protobuf' });
  expect(plain?.request.headers).not.toHaveProperty('content-encoding');
  expect(zipped?.request.headers).toMatchObject({
    'content-type': 'application/x-protobuf',
    'content-encoding': 'gzip',
  });
  expect(plain?.body).toEqual(await encodeProtobuf(body));
  expect(gunzipSync(zipped?.body ?? '')).toEqual(plain?.body);
});

/** ExportLogsServiceResponse with a partial success, and google.rpc.Status. */
const PARTIAL = Buffer.from('0a0b08031207746f6f206f6464', 'hex');
const STATUS = Buffer.from('08031207746f6f206f6464', 'hex');

test.each<[string, number, Buffer, object]>([
  ['all of it', 200, Buffer.alloc(0), { outcome: 'accepted', rejected: 0, reason: '' }],
  ['partial success', 200, PARTIAL, { outcome: 'accepted', rejected: 3, reason: 'too odd' }],
  [
    'partial success with fields of tomorrow',
    200,
    Buffer.concat([Buffer.from('10011d000000002100000000000000002a0178', 'hex'), PARTIAL]),
    { outcome: 'accepted', rejected: 3, reason: 'too odd' },
  ],
  ['an empty partial success', 200, Buffer.from('0a00', 'hex'), { outcome: 'accepted', rejected: 0, reason: '' }],
  ['a cut answer', 200, PARTIAL.subarray(0, 8), { outcome: 'accepted', rejected: 0, reason: '' }],
  ['nonsense', 200, Buffer.alloc(40, 0xff), { outcome: 'accepted', rejected: 0, reason: '' }],
  ['a status', 400, STATUS, { outcome: 'refused', reason: 'HTTP 400: too odd' }],
  ['a status that is to be tried again', 503, STATUS, { outcome: 'retry', reason: 'HTTP 503: too odd' }],
  ['a status that is nonsense', 400, Buffer.from([0xff]), { outcome: 'refused', reason: 'HTTP 400' }],
])('an answer in protobuf: %s', async (_name, status, body, expected) => {
  const { url } = await startServer((response) => {
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end(body);
  });
  expect(await makeSender(url, { protocol: 'http/protobuf' }).send(['{"resourceLogs":[]}'])).toMatchObject(expected);
});

test('what cannot be encoded is refused, so that the dispatcher finds the record', async () => {
  const { url, seen } = await startServer(accept);
  const result = await makeSender(url, { protocol: 'http/protobuf' }).send(['{"resourceLogs":[']);
  expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/^not to be encoded/) as string });
  expect(seen).toEqual([]);
});
