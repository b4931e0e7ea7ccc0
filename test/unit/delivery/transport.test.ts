import { X509Certificate } from 'node:crypto';
import { rmSync, utimesSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createSender, type Sender, type SenderOptions } from '../../../src/delivery/sender.js';
import { startCollector, startProxy } from '../../integration/support/collectors.js';
import { createSelfSigned, type SelfSigned } from '../../integration/support/self-signed.js';
import { makePipe } from '../../integration/support/temporary-files.js';
import { createFolder } from './tls-files.js';

const BODY = ['{"resourceLogs":[]}'];
const ACCEPTED = { outcome: 'accepted', rejected: 0, reason: '' };

function makeSender(url: string, options: Partial<SenderOptions> = {}): Sender {
  const sender = createSender({ url, headers: {}, timeoutMs: 5_000, compression: 'none', ...options });
  onTestFinished(() => sender.close());
  return sender;
}

type Role = 'ca' | 'cert' | 'key';

/** Files, named as the variables would name them. */
function pemFiles(texts: Partial<Record<Role, string>>): NonNullable<SenderOptions['pemFiles']> & {
  readonly write: (role: Role, text: string) => void;
} {
  const write = createFolder();
  const files = Object.fromEntries(
    Object.entries(texts).map(([role, text]) => [role, { variable: `OTEL_${role}`, path: write(role, text) }]),
  );
  return { ...files, write: (role, text) => void write(role, text) };
}

function fingerprint({ cert }: SelfSigned): string {
  return new X509Certificate(cert).fingerprint256;
}

test('a private CA, over one connection', async () => {
  const server = createSelfSigned();
  const collector = await startCollector(server);
  const sender = makeSender(collector.url, { pemFiles: pemFiles({ ca: server.cert }) });
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
  expect(collector.taken[0]?.socket).toBe(collector.taken[1]?.socket);
  expect(collector.taken[0]?.headers.host).toBe(`127.0.0.1:${collector.port}`);
});

test('without the CA, with another one, and for another name nothing is sent', async () => {
  const server = createSelfSigned();
  const collector = await startCollector(server);
  const trusting = { pemFiles: pemFiles({ ca: server.cert }) };
  const results = [
    await makeSender(collector.url).send(BODY),
    await makeSender(collector.url, { pemFiles: pemFiles({ ca: createSelfSigned().cert }) }).send(BODY),
    await makeSender(collector.url.replace('127.0.0.1', 'localhost'), trusting).send(BODY),
  ];
  expect(results.map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'retry']);
  expect(results.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/self-signed certificate/),
    expect.stringMatching(/self-signed certificate/),
    expect.stringMatching(/does not match certificate's altnames/),
  ]);
  expect(collector.taken).toEqual([]);
});

test.each(['ca', 'cert', 'key'] as const)('a pipe as %s: nothing is sent, and nobody waits', async (role) => {
  const server = createSelfSigned();
  const collector = await startCollector(server);
  const files = pemFiles({ ca: server.cert, ...createSelfSigned() });
  const file = files[role]?.path ?? '';
  rmSync(file);
  makePipe(file);
  expect(await makeSender(collector.url, { pemFiles: files }).send(BODY)).toMatchObject({
    outcome: 'retry',
    reason: `OTEL_${role}: ${file} cannot be read: ${file} is not a file`,
  });
});

test('a client certificate is shown to a server that asks for one', async () => {
  const [server, client] = [createSelfSigned(), createSelfSigned()];
  const collector = await startCollector({ ...server, ca: client.cert, requestCert: true, rejectUnauthorized: true });
  expect(await makeSender(collector.url, { pemFiles: pemFiles({ ca: server.cert }) }).send(BODY)).toMatchObject({
    outcome: 'retry',
  });
  const sender = makeSender(collector.url, { pemFiles: pemFiles({ ca: server.cert, ...client }) });
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
  expect(collector.taken.map((request) => request.client)).toEqual([fingerprint(client)]);
});

test.each<[string, Partial<Record<Role, string>>, RegExp]>([
  ['no PEM', { ca: 'nonsense' }, /^OTEL_ca: .*\/ca holds no certificate in PEM$/],
  ['a key that is none', { ...createSelfSigned(), key: 'x' }, /^OTEL_key: .*\/key holds no private key in PEM$/],
  [
    'a key of another certificate',
    { ...createSelfSigned(), key: createSelfSigned().key },
    /^OTEL_cert, OTEL_key .*mismatch/,
  ],
])('%s is told with its variable', async (_name, texts, reason) => {
  const collector = await startCollector(createSelfSigned());
  const result = await makeSender(collector.url, { pemFiles: pemFiles(texts) }).send(BODY);
  expect(result).toEqual({ outcome: 'retry', reason: expect.stringMatching(reason) as string, stale: false });
});

test('a file that is not there is told, and taken when it is there', async () => {
  const server = createSelfSigned();
  const collector = await startCollector(server);
  const files = { ca: { variable: 'OTEL_ca', path: '/no/such/file' } };
  expect((await makeSender(collector.url, { pemFiles: files }).send(BODY)).reason).toMatch(
    /^OTEL_ca: \/no\/such\/file cannot be read: ENOENT/,
  );
  const write = createFolder();
  const late = { ca: { variable: 'OTEL_ca', path: write('ca', '') } };
  const sender = makeSender(collector.url, { pemFiles: late });
  expect(await sender.send(BODY)).toMatchObject({ outcome: 'retry' });
  write('ca', server.cert);
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
});

test('a renewed certificate is shown without a restart, although the connection was kept', async () => {
  const server = createSelfSigned();
  const [before, after] = [createSelfSigned({ subject: 'before' }), createSelfSigned({ subject: 'after' })];
  const ca = before.cert + after.cert;
  const collector = await startCollector({ ...server, ca, requestCert: true, rejectUnauthorized: true });
  const files = pemFiles({ ca: server.cert, ...before });
  const sender = makeSender(collector.url, { pemFiles: files });
  await sender.send(BODY);
  files.write('cert', after.cert);
  files.write('key', after.key);
  for (const role of ['cert', 'key'] as const) utimesSync(files[role]?.path ?? '', 1, 1);
  // The files of a kept connection are looked at once a second.
  await sleep(1_100);
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
  expect(collector.taken.map(({ client }) => client)).toEqual([fingerprint(before), fingerprint(after)]);
});

test('a server that has a new certificate of a new CA is trusted as soon as the file has it', async () => {
  const [before, after] = [createSelfSigned({ subject: 'before' }), createSelfSigned({ subject: 'after' })];
  const collector = await startCollector(before);
  const files = pemFiles({ ca: before.cert });
  const sender = makeSender(collector.url, { pemFiles: files });
  await sender.send(BODY);
  (collector.server as https.Server).setSecureContext(after);
  collector.closeConnections();
  await sleep(20);
  expect(await sender.send(BODY)).toMatchObject({ outcome: 'retry' });
  files.write('ca', before.cert + after.cert);
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
});

test('through a proxy: a tunnel to https, with a login, over one connection', async () => {
  const server = createSelfSigned();
  const [collector, proxy] = [await startCollector(server), await startProxy()];
  const sender = makeSender(collector.url, {
    pemFiles: pemFiles({ ca: server.cert }),
    proxy: { url: proxy.url, authorization: 'Basic YTpi' },
  });
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
  expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${collector.port}`]);
  expect(proxy.logins).toEqual(['Basic YTpi']);
  expect(collector.taken).toHaveLength(2);
  expect(collector.taken[0]?.headers).not.toHaveProperty('proxy-authorization');
  expect(collector.taken[0]?.path).toBe('/v1/logs');
});

test('through a proxy: a request to http in whole, and the name is looked up by the proxy', async () => {
  const [collector, proxy] = [await startCollector(), await startProxy()];
  proxy.target = collector.port;
  const sender = makeSender('http://collector.invalid/v1/logs', {
    proxy: { url: proxy.url, authorization: 'Basic x' },
  });
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
  expect(proxy.asked).toEqual(Array.from({ length: 2 }, () => 'POST http://collector.invalid/v1/logs'));
  expect(proxy.logins).toEqual(['Basic x', 'Basic x']);
  expect(collector.taken[0]?.headers.host).toBe('collector.invalid');
});

test('a proxy that is spoken to by https is trusted by the roots of Node alone', async () => {
  const [server, proxyIdentity] = [createSelfSigned(), createSelfSigned()];
  const [collector, proxy] = [await startCollector(server), await startProxy(proxyIdentity)];
  const sender = makeSender(collector.url, { pemFiles: pemFiles({ ca: server.cert }), proxy: { url: proxy.url } });
  expect((await sender.send(BODY)).reason).toMatch(/self-signed/);
  expect(proxy.asked).toEqual([]);
});

test.each([
  [
    'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n',
    /^the proxy answers "HTTP\/1.1 407 Proxy Authentication Required"$/,
  ],
  ['HTTP/1.1 502 Bad Gateway\r\ncontent-length: 3\r\n\r\nbad', /^the proxy answers "HTTP\/1.1 502 Bad Gateway"$/],
  ['nonsense', /closed before it could be used/],
  ['', /closed before it could be used/],
  ['x'.repeat(20_000), /^the proxy answers "x{100}"$/],
])('a proxy that makes no tunnel: %s', async (refusal, reason) => {
  const [collector, proxy] = [await startCollector(createSelfSigned()), await startProxy()];
  proxy.refusal = refusal;
  const result = await makeSender(collector.url, { proxy: { url: proxy.url, authorization: 'Basic c2VjcmV0' } }).send(
    BODY,
  );
  expect(result).toMatchObject({ outcome: 'retry', reason: expect.stringMatching(reason) as string });
  expect(JSON.stringify(result)).not.toContain('c2VjcmV0');
});

test.each([
  ['103', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'],
  ['100, twice', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'],
])('a proxy that sends an interim answer before the one to CONNECT: %s', async (_, interim) => {
  const identity = createSelfSigned();
  const [collector, proxy] = [await startCollector(identity), await startProxy()];
  proxy.interim = interim;
  const sender = makeSender(collector.url, { pemFiles: pemFiles({ ca: identity.cert }), proxy: { url: proxy.url } });
  expect(await sender.send(BODY)).toMatchObject({ outcome: 'accepted' });
});

test('a proxy whose interim answers never end is given up', async () => {
  const [collector, proxy] = [await startCollector(createSelfSigned()), await startProxy()];
  proxy.refusal = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000);
  const result = await makeSender(collector.url, { proxy: { url: proxy.url } }).send(BODY);
  expect(result).toMatchObject({ outcome: 'retry' });
});

test('a proxy, and a server, that take the connection and say nothing: given up at the deadline', async () => {
  const silent = net.createServer((socket) => void socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const open = (): Promise<number> =>
    new Promise((resolve) => silent.getConnections((_error, count) => resolve(count)));
  const senders = [
    makeSender('https://127.0.0.1:1/v1/logs', { timeoutMs: 150, proxy: { url } }),
    makeSender(`${url.replace('http', 'https')}/v1/logs`, { timeoutMs: 150 }),
    makeSender('http://127.0.0.1:1/v1/logs', { timeoutMs: 150, proxy: { url } }),
  ];
  for (const sender of senders) {
    expect(await sender.send(BODY)).toMatchObject({
      outcome: 'retry',
      reason: expect.stringMatching(/within 150 ms/) as string,
    });
  }
  await sleep(50);
  expect(await open()).toBe(0);
});

test('a connection in a tunnel that the server had closed meanwhile costs one silent try', async () => {
  const server = createSelfSigned();
  const [collector, proxy] = [await startCollector(server), await startProxy()];
  const sender = makeSender(collector.url, { pemFiles: pemFiles({ ca: server.cert }), proxy: { url: proxy.url } });
  await sender.send(BODY);
  collector.closeConnections();
  expect(await sender.send(BODY)).toEqual(ACCEPTED);
  expect(proxy.asked).toHaveLength(2);
});

test('a port that does not speak HTTP is told as one', async () => {
  // What a gRPC server says first: its settings, in a frame of HTTP/2.
  const grpc = net.createServer(
    (socket) => void socket.on('error', () => {}).write(Buffer.from('000000040000000000', 'hex')),
  );
  await new Promise<void>((resolve) => grpc.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void grpc.close());
  const result = await makeSender(`http://127.0.0.1:${(grpc.address() as AddressInfo).port}/v1/logs`).send(BODY);
  expect(result.reason).toMatch(/is no HTTP\/1.1.*gRPC/);
});

test('a request that hangs does not end those beside it, also where certificates are renewed meanwhile', async () => {
  const server = createSelfSigned({ subject: 'one' });
  const collector = await startCollector(server);
  const files = pemFiles({ ca: server.cert });
  const sender = makeSender(collector.url, { pemFiles: files });
  collector.server.removeAllListeners('request');
  const waiting: ServerResponse[] = [];
  collector.server.on('request', (_request, response: ServerResponse) => void waiting.push(response));
  const first = sender.send(BODY);
  await expect.poll(() => waiting.length).toBe(1);
  files.write('ca', server.cert + createSelfSigned({ subject: 'two' }).cert);
  await sleep(1_100);
  const second = sender.send(BODY);
  await expect.poll(() => waiting.length).toBe(2);
  for (const response of waiting) response.end('{}');
  expect(await Promise.all([first, second])).toEqual([ACCEPTED, ACCEPTED]);
});

test('the deadline of one connection is not that of another', async () => {
  const silent = net.createServer((socket) => void socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const sender = makeSender(`https://127.0.0.1:${(silent.address() as AddressInfo).port}/v1/logs`, { timeoutMs: 400 });
  let isSecondDone = false;
  const first = sender.send(BODY);
  await sleep(200);
  const second = sender.send(BODY).then(() => (isSecondDone = true));
  await first;
  expect(isSecondDone).toBe(false);
  await second;
});
