import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLidarrCheck } from '../../../src/health/checks/lidarr.js';
import { createPlexCheck } from '../../../src/health/checks/plex.js';
import type { HealthCheck } from '../../../src/health/check.js';
import { sendJson, startFaultServer, type FaultServer } from './fault-server.js';
import { makeCheck } from './test-checks.js';

const TOKEN = 'token-of-the-captain';
const SERVICES = [
  {
    name: 'Plex',
    create: createPlexCheck,
    path: '/identity',
    header: 'x-plex-token',
    document: { MediaContainer: { size: 0, machineIdentifier: 'a' } },
  },
  {
    name: 'Lidarr',
    create: createLidarrCheck,
    path: '/api/v1/system/status',
    header: 'x-api-key',
    document: { appName: 'Lidarr', version: '2.0.0' },
  },
] as const;

describe.each(SERVICES)('$name', ({ create, path, header, document }) => {
  const makeServiceCheck = (url: string, timeoutMs = 10_000): { check: HealthCheck; details: () => string } => {
    const { check, reported } = makeCheck(() => undefined, { ...create(url, TOKEN), timeoutMs });
    return { check, details: () => JSON.stringify(reported) };
  };

  test('is asked with its token in a header, over one connection', async () => {
    const server = await startFaultServer(sendJson(document));
    const { check } = makeServiceCheck(`${server.url}/base/`);
    for (let round = 0; round < 20; round += 1) expect(await check.read()).toMatchObject({ status: 'healthy' });
    expect(server.requests).toHaveLength(20);
    for (const { url, headers } of server.requests) {
      expect(url).toBe(`/base${path}`);
      expect(headers[header]).toBe(TOKEN);
    }
    expect(await server.countConnections()).toBe(1);
  });

  test('is asked without a token where there is none', async () => {
    const server = await startFaultServer(sendJson(document));
    const { check } = makeCheck(() => undefined, create(server.url, undefined));
    expect(await check.read()).toMatchObject({ status: 'healthy' });
    expect(server.requests[0]?.headers).not.toHaveProperty(header);
  });

  test.each([
    ['401', sendJson({}, 401), 'authentication'],
    ['403', sendJson({}, 403), 'authentication'],
    ['500', sendJson({}, 500), 'server error'],
    ['503', sendJson({}, 503), 'server error'],
    ['404', sendJson({}, 404), 'protocol'],
    ['204', sendJson('', 204), 'protocol'],
    ['another document', sendJson({ name: 'somebody else' }), 'protocol'],
    ['a list', sendJson([]), 'protocol'],
    ['null', sendJson(null), 'protocol'],
    ['HTML', answerText('<!doctype html><title>Log in</title>'), 'protocol'],
    ['nothing', answerText(''), 'protocol'],
    ['without end', answerText(`{"version":"${'1'.repeat(100_000)}"}`), 'protocol'],
    ['a broken connection', (request) => void request.socket.destroy(), 'connection lost'],
    ['what is no HTTP', (request) => void request.socket.end('SSH-2.0-OpenSSH\r\n'), 'protocol'],
  ] satisfies [string, FaultServer['answer'], string][])('answers %s', async (_name, answer, error) => {
    const server = await startFaultServer(answer);
    const { check, details } = makeServiceCheck(server.url);
    expect(await check.read()).toMatchObject({ status: 'degraded', error });
    expect(details()).not.toContain(TOKEN);
    server.answer = sendJson(document);
    expect(await check.read()).toMatchObject({ status: 'healthy' });
  });

  test('redirects, and the token does not follow', async () => {
    const other = await startFaultServer(sendJson(document));
    const server = await startFaultServer((_request, response) => {
      response.writeHead(302, { location: `${other.url}/?token=${TOKEN}` }).end();
    });
    const { check, details } = makeServiceCheck(server.url);
    expect(await check.read()).toMatchObject({ status: 'degraded', error: 'protocol' });
    expect(other.requests).toEqual([]);
    expect(details()).not.toContain(TOKEN);
  });

  test.each([
    ['to answer', () => {}],
    ['to end its answer', (_request, response) => void response.writeHead(200).write('{')],
  ] satisfies [string, FaultServer['answer']][])('is too slow %s: the connection is cut', async (_name, answer) => {
    const server = await startFaultServer(answer);
    const { check } = makeServiceCheck(server.url, 50);
    for (let round = 0; round < 3; round += 1) {
      expect(await check.read()).toMatchObject({ status: 'degraded', error: 'timeout' });
    }
    await expect.poll(() => server.countConnections()).toBe(0);
  });

  test('is not there', async () => {
    const { check } = makeServiceCheck(`http://127.0.0.1:${await findClosedPort()}`);
    expect(await check.read()).toMatchObject({ error: 'refused' });
    const nameless = makeServiceCheck('http://name-of-nobody.invalid');
    expect(await nameless.check.read()).toMatchObject({ error: 'name not found' });
  });

  test('a connection that the server closed while it was idle is no failure', async () => {
    const server = await startFaultServer(sendJson(document));
    const { check } = makeServiceCheck(server.url);
    for (let round = 0; round < 5; round += 1) {
      expect(await check.read()).toMatchObject({ status: 'healthy' });
      server.server.closeAllConnections();
    }
  });

  test('1,000 rounds of faults leave no socket behind', async () => {
    let round = 0;
    const faults: readonly FaultServer['answer'][] = [
      sendJson({}, 500),
      (request) => void request.socket.destroy(),
      answerText('<html>'),
      sendJson(document),
    ];
    const server = await startFaultServer((request, response) => faults[round % faults.length]?.(request, response));
    const { check } = makeServiceCheck(server.url);
    for (; round < 1_000; round += 1) await check.read();
    expect(await server.countConnections()).toBeLessThanOrEqual(1);
    check.close();
    await expect.poll(() => server.countConnections()).toBe(0);
  });
});

test('an old Plex answers XML', async () => {
  const server = await startFaultServer(answerText('<?xml version="1.0"?><MediaContainer size="0" version="1"/>'));
  const { check } = makeCheck(() => undefined, createPlexCheck(server.url, TOKEN));
  expect(await check.read()).toMatchObject({ status: 'healthy' });
});

test('TLS where there is none', async () => {
  const plain = await startFaultServer(sendJson({}));
  const { check } = makeCheck(() => undefined, createPlexCheck(plain.url.replace('http:', 'https:'), undefined));
  expect(await check.read()).toMatchObject({ error: 'protocol' });
});

function answerText(text: string): FaultServer['answer'] {
  return (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(text);
}

/** A port that refuses. */
async function findClosedPort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
