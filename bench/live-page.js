#!/usr/bin/env node
/**
 * What the live page costs an application under 200 requests a second, one line each: CPU of the process without the page, with it
 * while nobody looks, and with one who looks. Rounds are interleaved. `node bench/live-page.js [rounds]`; with 0 rounds the parts alone
 */
import { fork } from 'node:child_process';
import http from 'node:http';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { LiveHub } from '../dist/admin/live/hub.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const APP = fileURLToPath(new URL('apps/express-winston.cjs', import.meta.url));
const REGISTER = new URL('../dist/register.js', import.meta.url).href;
const RATE = 200;
const WARM_MS = 4_000;
const MEASURED_MS = 10_000;
const rounds = Number(process.argv[2] ?? 3);

const CASES = {
  off: { page: 'off', looks: false },
  'nobody looks': { page: 'on', looks: false },
  'one looks': { page: 'on', looks: true },
};
const shares = new Map(Object.keys(CASES).map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, options] of Object.entries(CASES)) shares.get(name).push(await measure(options));
}
measureParts();
if (rounds === 0) process.exit();
const base = median(shares.get('off'));
for (const [name, all] of shares) {
  const values = all.map((value) => value.toFixed(2)).join(' ');
  console.log(
    `${name.padEnd(14)} ${median(all).toFixed(2)} % of a core, ${(median(all) - base).toFixed(2)} more than off (${values})`,
  );
}

/** The parts by themselves, where the rounds above are noise: a request while nobody looks, and a second's work for who looks. */
function measureParts() {
  let write = () => {};
  const hub = new LiveHub({
    introduce: () => ({}),
    describe: () => ({}),
    measure: async () => undefined,
    redact: (text) => text,
    watchLines: (listener) => ((write = listener), () => {}),
  });
  const end = { method: 'GET', route: '/api/tracks/:id', status: 200, durationSeconds: 0.0123 };
  const time = (work, count) => {
    for (let index = 0; index < count; index += 1) work();
    const { user } = process.cpuUsage();
    for (let index = 0; index < count; index += 1) work();
    return (process.cpuUsage().user - user) / count;
  };
  const requestMicros = time(() => hub.onRequest(end, ROOT_CONTEXT), 1_000_000);
  console.log(
    `a request, nobody looks: ${(requestMicros * 1_000).toFixed(0)} ns, ${((requestMicros * RATE) / 1e4).toFixed(4)} % of a core`,
  );
  const response = { writableLength: 0, write() {}, once() {}, destroy() {}, end() {} };
  hub.follow(response);
  const line = {
    timeMs: Date.now(),
    level: 'INFO',
    logger: 'a',
    message: 'track served',
    more: '{"trackId":"7","method":"GET"}',
    requestId: 'x'.repeat(36),
  };
  const secondMicros = time(() => {
    for (let index = 0; index < RATE; index += 1) {
      write(line);
      hub.onRequest(end, ROOT_CONTEXT);
    }
    hub.tick();
  }, 300);
  console.log(
    `a second, one looks: ${secondMicros.toFixed(0)} µs, ${(secondMicros / 1e4).toFixed(3)} % of a core, without the collection`,
  );
  hub.close();
}

/** Share of a core in percent. */
async function measure({ page, looks }) {
  const env = {
    ...process.env,
    BARBOSSA_LIVE_PAGE: page,
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    OTEL_LOGS_EXPORTER: 'none',
  };
  const child = fork(APP, { execArgv: ['--import', REGISTER], env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const admin = findAdmin(child.stderr);
  const [{ port }] = await new Promise((resolve) => child.once('message', (...message) => resolve(message)));
  const stream = looks ? http.get(`${await admin}/live/stream`, (response) => response.resume()) : undefined;
  stream?.on('error', () => {});
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const timer = setInterval(() => {
    for (let index = 0; index < RATE / 50; index += 1) {
      http
        .get({ port, host: '127.0.0.1', path: '/api/tracks/7', agent }, (response) => response.resume())
        .on('error', () => {});
    }
  }, 20);
  await sleep(WARM_MS);
  const [before, startedMs] = [await readCpu(child), performance.now()];
  await sleep(MEASURED_MS);
  const share = (((await readCpu(child)) - before) / 1_000 / (performance.now() - startedMs)) * 100;
  clearInterval(timer);
  stream?.destroy();
  agent.destroy();
  child.disconnect();
  await new Promise((resolve) => child.once('exit', resolve));
  return share;
}

function findAdmin(stream) {
  return new Promise((resolve) => {
    stream.on('data', (chunk) => {
      const found = /metrics at (http\S+)\/metrics/.exec(chunk)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}

/** In microseconds. */
async function readCpu(child) {
  child.send({ id: 1 });
  return new Promise((resolve) => child.once('message', ({ cpuMicros }) => resolve(cpuMicros)));
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
