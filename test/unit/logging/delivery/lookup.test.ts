import { createSocket } from 'node:dgram';
import type { LookupFunction } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createLookup } from '../../../../src/logging/delivery/lookup.js';

type Outcome = { readonly error: NodeJS.ErrnoException | null; readonly address: unknown };

/** A name server that answers each question with `answer`, or not at all. */
async function startNameServer(
  answer?: (question: Buffer) => Buffer,
): Promise<{ server: string; asked: () => number }> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (question, from) => {
    asked += 1;
    if (answer !== undefined) socket.send(answer(question), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return { server: `127.0.0.1:${socket.address().port}`, asked: () => asked };
}

/** The question sent back with flags, and an A record where `address` is given (RFC 1035, 4.1). */
function makeAnswer(question: Buffer, flags: number, address?: readonly number[]): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(question.readUInt16BE(0), 0);
  head.writeUInt16BE(flags, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(address === undefined ? 0 : 1, 6);
  const end = question.indexOf(0, 12) + 5;
  const record = address === undefined ? [] : [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address];
  return Buffer.concat([head, question.subarray(12, end), Buffer.from(record)]);
}

function lookUp(lookup: LookupFunction, name: string, all = false): Promise<Outcome> {
  return new Promise((resolve) => lookup(name, { all }, (error, address) => resolve({ error, address })));
}

test('an address that a name server knows', async () => {
  const { server } = await startNameServer((question) => makeAnswer(question, 0x81_80, [127, 0, 0, 9]));
  const lookup = createLookup([server]);
  expect(await lookUp(lookup, 'collector.example')).toEqual({ error: null, address: '127.0.0.9' });
  expect(await lookUp(lookup, 'collector.example', true)).toEqual({
    error: null,
    address: [{ address: '127.0.0.9', family: 4 }],
  });
});

test('no name server answers: given up soon, and not handed to a thread that would hold the process', async () => {
  const { server } = await startNameServer();
  const startMs = performance.now();
  const { error } = await lookUp(createLookup([server]), 'collector.example');
  expect(error?.message).toBe('no name server answers for collector.example');
  expect(performance.now() - startMs).toBeLessThan(4_000);
});

test('a dead name server before one that answers', async () => {
  const dead = await startNameServer();
  const alive = await startNameServer((question) => makeAnswer(question, 0x81_80, [127, 0, 0, 9]));
  const { address } = await lookUp(createLookup([dead.server, alive.server]), 'collector.example');
  expect(address).toBe('127.0.0.9');
});

test('a name that the servers do not know is looked up as the system does', async () => {
  const { server, asked } = await startNameServer((question) => makeAnswer(question, 0x81_83));
  const { error } = await lookUp(createLookup([server]), 'no-such-collector.invalid');
  expect(asked()).toBeGreaterThan(0);
  expect(error).toMatchObject({ syscall: 'getaddrinfo' });
});

test.each(['localhost', '127.0.0.1'])('%s needs no name server', async (name) => {
  const { server, asked } = await startNameServer();
  expect(await lookUp(createLookup([server]), name)).toMatchObject({ error: null });
  expect(asked()).toBe(0);
});
