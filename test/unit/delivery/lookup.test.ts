import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLookup, findInHosts, listCandidates, readSearchRules } from '../../../src/delivery/lookup.js';

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
  const type = address?.length === 16 ? 28 : 1;
  const record = address === undefined ? [] : [0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length, ...address];
  return Buffer.concat([head, question.subarray(12, end), Buffer.from(record)]);
}

function lookUp(lookup: LookupFunction, name: string, all = false): Promise<Outcome> {
  return new Promise((resolve) => lookup(name, { all }, (error, address) => resolve({ error, address })));
}

test('an address that a name server knows', async () => {
  const { server } = await startNameServer((question) => makeAnswer(question, 0x81_80, [127, 0, 0, 9]));
  const lookup = createLookup({ servers: [server] });
  expect(await lookUp(lookup, 'collector.example')).toEqual({ error: null, address: '127.0.0.9' });
  expect(await lookUp(lookup, 'collector.example', true)).toEqual({
    error: null,
    address: [{ address: '127.0.0.9', family: 4 }],
  });
});

test('no name server answers: given up soon, and not handed to a thread that would hold the process', async () => {
  const { server } = await startNameServer();
  const startMs = performance.now();
  const { error } = await lookUp(createLookup({ servers: [server] }), 'collector.example');
  expect(error?.message).toBe('no name server answers for collector.example');
  expect(performance.now() - startMs).toBeLessThan(4_000);
});

test('a dead name server before one that answers', async () => {
  const dead = await startNameServer();
  const alive = await startNameServer((question) => makeAnswer(question, 0x81_80, [127, 0, 0, 9]));
  const { address } = await lookUp(createLookup({ servers: [dead.server, alive.server] }), 'collector.example');
  expect(address).toBe('127.0.0.9');
});

test('a name that the servers do not know is looked up as the system does', async () => {
  const { server, asked } = await startNameServer((question) => makeAnswer(question, 0x81_83));
  const { error } = await lookUp(createLookup({ servers: [server] }), 'no-such-collector.invalid');
  expect(asked()).toBeGreaterThan(0);
  expect(error).toMatchObject({ syscall: 'getaddrinfo' });
});

test.each(['localhost', '127.0.0.1'])('%s needs no name server', async (name) => {
  const { server, asked } = await startNameServer();
  expect(await lookUp(createLookup({ servers: [server] }), name)).toMatchObject({ error: null });
  expect(asked()).toBe(0);
});

/** A name server that knows some names, and keeps what it is asked for, in order, each name once. */
async function startZone(
  zone: Readonly<Record<string, readonly number[]>>,
): Promise<{ server: string; names: string[] }> {
  const names: string[] = [];
  const { server } = await startNameServer((question) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.subarray(at + 1, at + 1 + length).toString());
      at += length + 1;
    }
    const name = labels.join('.');
    if (!names.includes(name)) names.push(name);
    const isIpv6 = question.readUInt16BE(at + 1) === 28;
    const address = zone[name];
    if (address === undefined) return makeAnswer(question, 0x81_83);
    return (address.length === 16) === isIpv6 ? makeAnswer(question, 0x81_80, address) : makeAnswer(question, 0x81_80);
  });
  return { server, names };
}

function writeFiles(files: Readonly<Record<string, string>>): (name: string) => string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-lookup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return (name) => path.join(folder, name);
}

test.each<[string, readonly string[], string]>([
  ['collector', ['collector.a.example', 'collector.b.example'], '10.0.0.2'],
  ['collector.b', ['collector.b', 'collector.b.a.example', 'collector.b.b.example'], '10.0.0.3'],
  ['collector.b.example', ['collector.b.example'], '10.0.0.2'],
  ['bare', ['bare.a.example', 'bare.b.example', 'bare'], '10.0.0.4'],
  ['bare.', ['bare'], '10.0.0.4'],
])('%s is asked for in the order of the C library', async (name, asked, address) => {
  const { server, names } = await startZone({
    'collector.b.example': [10, 0, 0, 2],
    'collector.b.b.example': [10, 0, 0, 3],
    bare: [10, 0, 0, 4],
  });
  const file = writeFiles({ hosts: '', resolv: 'search a.example b.example' });
  const lookup = createLookup({ servers: [server], hostsFile: file('hosts'), resolvFile: file('resolv'), env: {} });
  expect(await lookUp(lookup, name)).toEqual({ error: null, address });
  expect(names).toEqual(asked);
});

test('the hosts file goes before every name server', async () => {
  const { server, names } = await startZone({ 'collector.a.example': [10, 0, 0, 2] });
  const file = writeFiles({ hosts: 'fd00::7 collector\n10.0.0.7 collector', resolv: 'search a.example' });
  const lookup = createLookup({ servers: [server], hostsFile: file('hosts'), resolvFile: file('resolv') });
  const all = [
    { address: '10.0.0.7', family: 4 },
    { address: 'fd00::7', family: 6 },
  ];
  expect(await lookUp(lookup, 'collector', true)).toEqual({ error: null, address: all });
  expect(names).toEqual([]);
});

test('a name that has an IPv6 address alone', async () => {
  const { server } = await startZone({ 'collector.example': [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7] });
  const lookup = createLookup({ servers: [server] });
  expect(await lookUp(lookup, 'collector.example')).toEqual({ error: null, address: 'fd00::7' });
});

test('no name server answers: the search ends with the first name', async () => {
  const { server, asked } = await startNameServer();
  const file = writeFiles({ resolv: 'search a.example b.example c.example d.example' });
  const lookup = createLookup({ servers: [server], resolvFile: file('resolv'), env: {} });
  const { error } = await lookUp(lookup, 'collector');
  expect(error?.message).toBe('no name server answers for collector');
  expect(asked()).toBeLessThanOrEqual(2);
});

const KUBERNETES = 'search music.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n';

function candidatesOf(text: string, name: string, env: NodeJS.ProcessEnv = {}, host = 'box'): readonly string[] {
  return listCandidates(name, readSearchRules(text, env, host));
}

test.each<[string, string, readonly string[]]>([
  ['', 'collector', ['collector']],
  ['search a.example b.example', 'collector', ['collector.a.example', 'collector.b.example', 'collector']],
  ['search a.example', 'collector.ops', ['collector.ops', 'collector.ops.a.example']],
  ['search a.example', 'collector.', ['collector']],
  ['search a.example.', 'collector', ['collector.a.example', 'collector']],
  ['search a.example\nsearch b.example', 'collector', ['collector.b.example', 'collector']],
  ['search a.example\ndomain b.example', 'collector', ['collector.b.example', 'collector']],
  ['# search a.example\n; search b.example', 'collector', ['collector']],
  ['search . a.example', 'collector', ['collector', 'collector.a.example']],
  ['\tsearch\ta.example  b.example\r', 'c', ['c.a.example', 'c.b.example', 'c']],
  ['search a.example\noptions ndots:0', 'collector', ['collector', 'collector.a.example']],
  ['search a.example\noptions timeout:1 ndots:2 rotate', 'a.b', ['a.b.a.example', 'a.b']],
  [
    KUBERNETES,
    'collector.music',
    [
      'collector.music.music.svc.cluster.local',
      'collector.music.svc.cluster.local',
      'collector.music.cluster.local',
      'collector.music',
    ],
  ],
])('%j, %s', (text, name, candidates) => {
  expect(candidatesOf(text, name)).toEqual(candidates);
});

test('LOCALDOMAIN and RES_OPTIONS win; without any domain it is that of the machine', () => {
  const env = { LOCALDOMAIN: 'x.example y.example', RES_OPTIONS: 'ndots:3' };
  expect(candidatesOf(KUBERNETES, 'a.b.c', env)).toEqual(['a.b.c.x.example', 'a.b.c.y.example', 'a.b.c']);
  expect(candidatesOf('', 'collector', {}, 'box.home.example')).toEqual(['collector.home.example', 'collector']);
});

test('the hosts file: each line of a name, whatever the case, comments left out', () => {
  const text = [
    '127.0.0.1 localhost',
    '10.0.0.7\tCollector.example collector # logs',
    '#10.0.0.8 collector',
    'fd00::7 collector',
    '10.0.0.9 other # collector',
  ].join('\n');
  expect(findInHosts(text, 'COLLECTOR')).toEqual(['10.0.0.7', 'fd00::7']);
  expect(findInHosts(text, 'collector.example')).toEqual(['10.0.0.7']);
  expect(findInHosts(text, 'logs')).toEqual([]);
  expect(findInHosts('', 'collector')).toEqual([]);
});
