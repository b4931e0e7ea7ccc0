import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { REGISTER, startApp, type AppProcess } from './support/app-process.js';
import { expectSameAnswers, removeRequestId } from './support/compare-answers.js';
import { findFreePort } from './support/free-port.js';
import { installPackages } from './support/install-packages.js';
import { scrapeUntil, sum } from './support/metrics.js';
import { connectRaw, readHeaders } from './support/raw-http.js';
import { countKeys, expectCounts } from './support/request-counts.js';
import {
  JSON_SERVER_LIBRARY,
  JSON_SERVER_REQUESTS,
  PEER_REQUESTS,
  writeHandshake,
} from './support/stranger-requests.js';

let folder = '';
beforeAll(async () => {
  folder = await installPackages('strangers');
}, 180_000);

const PRELOAD = ['--import', REGISTER];

interface Stranger {
  readonly app: AppProcess;
  readonly url: string;
}

/** Runs the program that a published package names in its `bin`, as npm would, and waits until it listens. */
async function startStranger(
  packageName: string,
  options: { readonly nodeOptions: readonly string[]; readonly args: readonly string[]; readonly ready: RegExp },
): Promise<Stranger> {
  const home = path.join(folder, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const script = typeof bin === 'string' ? bin : Object.values(bin)[0];
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-stranger-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(path.join(cwd, 'library.json'), JSON.stringify(JSON_SERVER_LIBRARY));
  const port = await findFreePort();
  const app = startApp(path.join(home, script ?? ''), {
    nodeOptions: options.nodeOptions,
    args: ['--host', '127.0.0.1', '--port', String(port), ...options.args],
    cwd,
    env: { NODE_ENV: 'production' },
  });
  await app.waitFor(options.ready);
  return { app, url: `http://127.0.0.1:${port}` };
}

function startJsonServer(nodeOptions: readonly string[]): Promise<Stranger> {
  return startStranger('json-server', { nodeOptions, args: ['library.json'], ready: /Type s \+ enter/ });
}

function startPeer(nodeOptions: readonly string[]): Promise<Stranger> {
  return startStranger('peer', { nodeOptions, args: ['--allow_discovery'], ready: /Started PeerServer/ });
}

async function findAdmin({ app }: Stranger): Promise<string> {
  const [, admin = ''] = await app.waitFor(/metrics at (http\S+)\/metrics/);
  return admin;
}

test('json-server answers as without the preload, and each request is counted once', async () => {
  const [plain, preloaded] = await Promise.all([startJsonServer([]), startJsonServer(PRELOAD)]);
  await expectSameAnswers(plain.url, preloaded.url, JSON_SERVER_REQUESTS);
  await expectCounts(await findAdmin(preloaded), countKeys(JSON_SERVER_REQUESTS.flatMap(({ counted }) => counted)));
  const printed = (text: string): string[] => text.split('\n').map((line) => line.replace(/:\d+|[\d.]+ ms/g, ''));
  expect(printed(preloaded.app.stdout())).toEqual(printed(plain.app.stdout()));
});

test('PeerServer answers as without the preload, and each request is counted once', async () => {
  const [plain, preloaded] = await Promise.all([startPeer([]), startPeer(PRELOAD)]);
  await expectSameAnswers(plain.url, preloaded.url, PEER_REQUESTS);
  const admin = await findAdmin(preloaded);
  const greetings = await Promise.all([plain.url, preloaded.url].map(openPeer));
  expect(removeRequestId(greetings[1] ?? '')).toBe(greetings[0]);
  expect(readHeaders(greetings[1] ?? '', 'X-Request-ID')).toHaveLength(1);
  await scrapeUntil(admin, (samples) => sum(samples, 'barbossa_websocket_connections') === 1);
  const counted = [...PEER_REQUESTS.flatMap((row) => row.counted), 'GET <unmatched> 101'];
  await expectCounts(admin, countKeys(counted));
});

/** Opens a WebSocket that stays open until the test ends; the handshake's answer and the first message. */
async function openPeer(url: string): Promise<string> {
  const connection = await connectRaw(url);
  onTestFinished(() => void connection.socket.destroy());
  await connection.send(writeHandshake('/peerjs?key=peerjs&id=anne&token=pearl'));
  await connection.waitFor(/"OPEN"/);
  return connection.received();
}
