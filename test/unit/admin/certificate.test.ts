import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { answerText } from '../../../src/admin/route.js';
import { startAdminServer } from '../../../src/admin/server.js';
import { createSelfSigned, type SelfSigned } from '../../integration/support/self-signed.js';
import { makePipe } from '../../integration/support/temporary-files.js';
import { captureStderr } from '../metrics/test-meter.js';
import { connect, makeRoute, startServer } from './client.js';

const small = makeRoute('/small', () => answerText(200, 'small'));

function makeFiles(pair: Partial<SelfSigned> = createSelfSigned()) {
  const folder = mkdtempSync(path.join(tmpdir(), 'barbossa-certificate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const certificate = { certFile: path.join(folder, 'tls.crt'), keyFile: path.join(folder, 'tls.key') };
  const write = ({ cert, key }: Partial<SelfSigned>): void => {
    if (cert !== undefined) writeFileSync(certificate.certFile, cert);
    if (key !== undefined) writeFileSync(certificate.keyFile, key);
  };
  write(pair);
  return { certificate, write };
}

/** What one connection, which trusts `cert`, gets. */
function ask(port: number, cert: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port, ca: cert });
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', reject).on('end', () => resolve(received));
    socket.write('GET /small HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
  });
}

test('HTTPS, with the renewed certificate from the next connection on', async () => {
  const lines = captureStderr();
  const [first, second, third] = [createSelfSigned(), createSelfSigned(), createSelfSigned()];
  const { certificate, write } = makeFiles(first);
  const { port, url } = await startServer([small], {}, { certificate });
  expect(url).toBe(`https://127.0.0.1:${port}`);
  expect(await ask(port, first.cert)).toMatch(/^HTTP\/1\.1 200 OK/);
  write(second);
  expect(await ask(port, second.cert)).toMatch(/^HTTP\/1\.1 200 OK/);
  await expect(ask(port, first.cert)).rejects.toThrow(/self.signed|certificate/i);
  // Half of a renewal.
  write({ cert: third.cert });
  expect(await ask(port, second.cert)).toMatch(/^HTTP\/1\.1 200 OK/);
  rmSync(certificate.keyFile);
  expect(await ask(port, second.cert)).toMatch(/^HTTP\/1\.1 200 OK/);
  write({ key: third.key });
  expect(await ask(port, third.cert)).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(lines.filter((line) => line.includes('has a new certificate'))).toHaveLength(2);
});

test.each<[string, RegExp, (file: string) => void]>([
  ['a link to itself', /ELOOP/, (file) => symlinkSync(file, file)],
  ['a link below a file', /ENOTDIR/, (file) => symlinkSync(path.join(path.dirname(file), 'tls.key', 'a'), file)],
  ['a pipe', /is not a file/, makePipe],
  ['a device', /is not a file/, (file) => symlinkSync('/dev/zero', file)],
])('%s in place of the certificate: the one before is kept, with one warning', async (_what, reason, replace) => {
  const lines = captureStderr();
  const pair = createSelfSigned();
  const { certificate, write } = makeFiles(pair);
  const { port } = await startServer([small], {}, { certificate });
  renameSync(certificate.certFile, `${certificate.certFile}.old`);
  replace(certificate.certFile);
  for (let count = 0; count < 3; count += 1) expect(await ask(port, pair.cert)).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(lines).toEqual([expect.stringMatching(/warn: the admin server keeps its certificate: /)]);
  expect(lines[0]).toMatch(reason);
  rmSync(certificate.certFile);
  const renewed = createSelfSigned();
  write(renewed);
  expect(await ask(port, renewed.cert)).toMatch(/^HTTP\/1\.1 200 OK/);
});

test('a pipe as the certificate is no server, and nobody waits', async () => {
  const lines = captureStderr();
  const { certificate } = makeFiles();
  rmSync(certificate.keyFile);
  makePipe(certificate.keyFile);
  const access = { certificate };
  const admin = startAdminServer({ host: '127.0.0.1', port: 0, service: { name: 'test' }, routes: [], access });
  expect(await admin.ready).toBeUndefined();
  expect(lines).toEqual([expect.stringMatching(/certificate and key cannot be used \(\S+tls\.key is not a file\)/)]);
});

test('plain HTTP to it is no answer, and a client that never ends its handshake is cut off', async () => {
  const { certificate } = makeFiles();
  const address = await startServer([small], { headersMs: 100 }, { certificate });
  const text = 'GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n';
  expect(await connect(address, text).closed).not.toContain('small');
  await connect(address).closed;
  await connect(address, '\u0016\u0003\u0001').closed;
});

test.each<[string, Partial<SelfSigned>]>([
  ['no files', {}],
  ['no key', { cert: createSelfSigned().cert }],
  ['no certificate', { key: createSelfSigned().key }],
  ['a key of another', { cert: createSelfSigned().cert, key: createSelfSigned().key }],
  ['empty files', { cert: '', key: '' }],
  ['no PEM', { cert: 'hello', key: 'hello' }],
])('with %s there is no server, and one warning', async (_what, pair) => {
  const lines = captureStderr();
  const { certificate } = makeFiles(pair);
  const access = { certificate };
  const admin = startAdminServer({ host: '127.0.0.1', port: 0, service: { name: 'test' }, routes: [], access });
  expect(await admin.ready).toBeUndefined();
  expect(admin.address()).toBeUndefined();
  await admin.close();
  expect(lines).toEqual([
    expect.stringMatching(
      /warn: no metrics and no health endpoints: certificate and key cannot be used \(.+\); set BARBOSSA_ADMIN_CERT_FILE/,
    ),
  ]);
});

test.each([
  ['0.0.0.0', {}, /open to the network at http:\/\/0\.0\.0\.0:\d+, without a login .* and without TLS/],
  ['::', {}, /open to the network at http:\/\/\[::\]:\d+, without a login/],
  ['0.0.0.0', { loginFile: '/nowhere' }, /open to the network at http:\S+, without TLS/],
  ['127.0.0.1', {}, undefined],
  ['127.0.0.2', {}, undefined],
  ['localhost', {}, undefined],
  ['::1', {}, undefined],
])('listening on %s with %o', async (host, access, warning) => {
  const lines = captureStderr();
  const admin = startAdminServer({ host, port: 0, service: { name: 'test' }, routes: [], access });
  onTestFinished(() => admin.close());
  await admin.ready;
  expect(lines).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
});
