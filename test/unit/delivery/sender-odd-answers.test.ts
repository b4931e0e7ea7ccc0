import net, { type AddressInfo, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createSender, type SendResult } from '../../../src/delivery/sender.js';

/** Writes some bytes to each connection as soon as a request has come. */
async function ask(answer: (socket: Socket) => void, timeoutMs = 3_000): Promise<SendResult> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
  const sender = createSender({ url, headers: {}, timeoutMs, compression: 'none' });
  onTestFinished(() => {
    sender.close();
    server.close();
  });
  return sender.send('{}');
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';

const ANSWERS: Record<string, [answer: (socket: Socket) => void, expected: Partial<SendResult>]> = {
  'an upgrade that nobody asked for': [
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    { outcome: 'retry' },
  ],
  'hints before the answer': [
    (socket) => socket.write(`HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}`),
    { outcome: 'accepted', rejected: 0 },
  ],
  'nothing but hints': [(socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), { outcome: 'retry' }],
  'an answer that is cut': [
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"partial'),
    { outcome: 'retry' },
  ],
  'an answer that comes in drops and has no end': [
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const timer = setInterval(() => socket.write('1\r\n{\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    },
    { outcome: 'retry' },
  ],
  'an answer of 5 MB': [
    (socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 5000000\r\n\r\n${'x'.repeat(5_000_000)}`),
    { outcome: 'accepted', rejected: 0 },
  ],
  'a moved endpoint': [
    (socket) => socket.end('HTTP/1.1 308 Moved\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n'),
    { outcome: 'retry' },
  ],
  'what is no HTTP': [(socket) => socket.end('SSH-2.0-x\r\n'), { outcome: 'retry' }],
  'a connection that ends without a word': [(socket) => socket.end(), { outcome: 'retry' }],
  'two Retry-After': [
    (socket) => socket.end('HTTP/1.1 503 No\r\nretry-after: 7\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n'),
    { outcome: 'retry', afterMs: 7_000 },
  ],
};

test.each(Object.entries(ANSWERS))('%s', async (_, [answer, expected]) => {
  expect(await ask(answer, 400)).toMatchObject(expected);
});

test.each([
  ['more than there were', '"5"', 5],
  ['as a number', '2', 2],
  ['below zero', '"-3"', 0],
  ['a fraction', '1.5', 0],
  ['no number', '"many"', 0],
  ['too large for a number', '"99999999999999999999"', 0],
  ['an object', '{"a":1}', 0],
  ['null', 'null', 0],
])('rejected records: %s', async (_, count, rejected) => {
  const body = `{"partialSuccess":{"rejectedLogRecords":${count}}}`;
  const head = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`;
  expect(await ask((socket) => socket.end(head + body))).toMatchObject({ outcome: 'accepted', rejected });
});

const REJECTED = '{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"no"}}';
const print = (body: Buffer, ...headers: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(['HTTP/1.1 200 OK', ...headers, `content-length: ${body.length}`, '', ''].join('\r\n')),
    body,
  ]);
const long = (first: string, chars: number): string =>
  `{"partialSuccess":{${first}"errorMessage":"${'x'.repeat(chars)}"${first === '' ? ',"rejectedLogRecords":"3"' : ''}}}`;

test.each<[string, Buffer]>([
  ['gzip', print(gzipSync(REJECTED), 'content-encoding: gzip')],
  ['deflate', print(deflateSync(REJECTED), 'content-encoding: deflate')],
  ['br', print(brotliCompressSync(REJECTED), 'content-encoding: br')],
  ['a coding that is none', print(Buffer.from(REJECTED), 'content-encoding: gzip')],
  ['a BOM', print(Buffer.from(`\uFEFF${REJECTED}`))],
  ['a message of 100 kB', print(Buffer.from(long('', 100_000)))],
  ['a message of 3 MB after the count', print(Buffer.from(long('"rejectedLogRecords":"3",', 3_000_000)))],
])('rejected records are counted behind %s', async (_, answer) => {
  expect(await ask((socket) => socket.end(answer))).toMatchObject({ outcome: 'accepted', rejected: 3 });
});

test.each<[string, Buffer]>([
  ['is not known', print(gzipSync(REJECTED), 'content-encoding: zstd')],
  ['is not what it says', print(deflateSync(REJECTED), 'content-encoding: br')],
  ['holds far more than it shows', print(gzipSync(Buffer.alloc(5_000_000)), 'content-encoding: gzip')],
])('a coding that %s: the records are taken all the same', async (_, answer) => {
  expect(await ask((socket) => socket.end(answer))).toMatchObject({ outcome: 'accepted', rejected: 0 });
});

test('an answer without an end is read no further than need be', async () => {
  const written = vi.fn<() => void>();
  const result = await ask((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const write = (): void => {
      written();
      if (!socket.destroyed) socket.write(chunk, (error) => error ?? setImmediate(write));
    };
    write();
  }, 60_000);
  expect(result).toMatchObject({ outcome: 'accepted', rejected: 0 });
  // 1 MiB, and what is on its way in the kernel.
  expect(written.mock.calls.length).toBeLessThan(400);
});
