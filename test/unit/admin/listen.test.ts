import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { describeListenProblem } from '../../../src/admin/listen.js';
import { startAdminServer, type AdminServer } from '../../../src/admin/server.js';
import { captureStderr } from '../metrics/test-meter.js';
import { connect, LIVE_ROUTE, request } from './client.js';

const SERVER_MODULE = fileURLToPath(new URL('../../../src/admin/server.ts', import.meta.url));

function start(host: string, port: number): AdminServer {
  const admin = startAdminServer({ host, port, service: { name: 'test' }, routes: [LIVE_ROUTE] });
  onTestFinished(() => admin.close());
  return admin;
}

/** Takes a free port for the running test. */
async function takePort(host = '127.0.0.1'): Promise<number> {
  const taken = net.createServer().listen(0, host);
  onTestFinished(() => void taken.close());
  await new Promise((resolve) => void taken.once('listening', resolve));
  return (taken.address() as net.AddressInfo).port;
}

interface Child {
  readonly lines: () => string[];
  /** Exit code, or the signal's name. */
  readonly exited: Promise<number | string | null>;
}

/** Runs a TypeScript program in a process of its own. */
async function run(program: string): Promise<Child> {
  const folder = await mkdtemp(join(tmpdir(), 'barbossa-admin-'));
  const file = join(folder, 'program.mts');
  const imported = `import { startAdminServer } from ${JSON.stringify(pathToFileURL(SERVER_MODULE).href)};\n`;
  await writeFile(file, imported + program);
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | string | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true });
  });
  return { lines: () => output.split('\n').filter((line) => line !== ''), exited };
}

test('port 0 takes a free port and says which', async () => {
  const admin = start('127.0.0.1', 0);
  expect(admin.address()).toBeUndefined();
  const address = await admin.ready;
  expect(address).toMatchObject({ host: '127.0.0.1', url: `http://127.0.0.1:${address?.port}` });
  expect(address?.port).toBeGreaterThan(0);
  expect(admin.address()).toEqual(address);
  expect((await request(`${address?.url}/health/live`)).status).toBe(200);
});

test('an IPv6 address is put in brackets', async () => {
  const address = await start('::1', 0).ready;
  expect(address?.url).toBe(`http://[::1]:${address?.port}`);
});

test('a port that is taken is one line that names it and says what to do', async () => {
  const lines = captureStderr();
  const port = await takePort();
  const admin = start('127.0.0.1', port);
  expect(await admin.ready).toBeUndefined();
  expect(admin.address()).toBeUndefined();
  await admin.close();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`cannot listen on 127.0.0.1:${port} (the port is taken)`);
  expect(lines[0]).toContain('OTEL_EXPORTER_PROMETHEUS_PORT');
  expect(lines[0]).toContain('The application runs on');
});

test.each(['192.0.2.1', 'no-such-host.invalid'])('%s is no address of this machine', async (host) => {
  const lines = captureStderr();
  expect(await start(host, 0).ready).toBeUndefined();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`${host}:0 (not an address of this machine)`);
  expect(lines[0]).toContain('OTEL_EXPORTER_PROMETHEUS_HOST');
});

test('a port that Node itself refuses is a warning too', async () => {
  const lines = captureStderr();
  expect(await start('127.0.0.1', 70_000).ready).toBeUndefined();
  expect(lines).toHaveLength(1);
});

test('a port that needs permission is said to', () => {
  const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
  const problem = describeListenProblem({ host: '127.0.0.1', port: 80, walk: true }, error);
  expect(problem).toContain('127.0.0.1:80 (permission denied); set OTEL_EXPORTER_PROMETHEUS_PORT to a port above 1023');
});

test('closing ends the connections, frees the port and may be done twice and early', async () => {
  const admin = start('127.0.0.1', 0);
  const address = await admin.ready;
  if (address === undefined) throw new Error('does not listen');
  const { closed } = connect(address, 'GET / HTTP/1.1\r\n');
  await admin.close();
  await closed;
  await admin.close();
  expect(admin.address()).toBeUndefined();
  const early = start('127.0.0.1', address.port);
  await early.close();
  expect(early.address()).toBeUndefined();
  expect(await start('127.0.0.1', address.port).ready).toEqual(address);
});

test('the server does not keep the process alive, not even with a request under way', async () => {
  const child = await run(`
    const work = setInterval(() => {}, 1_000);
    const hang = () => {
      clearInterval(work);
      console.log('asked');
      return new Promise(() => {});
    };
    const admin = startAdminServer({
      host: '127.0.0.1',
      port: 0,
      service: { name: 'child' },
      routes: [{ path: '/hang', about: '', answer: hang }],
      limits: { answerMs: 600_000, headersMs: 600_000, requestMs: 600_000 },
    });
    console.log((await admin.ready)?.port);
  `);
  await expect.poll(child.lines, { timeout: 20_000 }).toHaveLength(1);
  const address = { host: '127.0.0.1', port: Number(child.lines()[0]), url: '' };
  const idle = connect(address, 'GET /unfinished');
  const asking = connect(address, 'GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(await child.exited).toBe(0);
  expect(child.lines()[1]).toBe('asked');
  await Promise.all([idle.closed, asking.closed]);
}, 40_000);

test('each cluster worker has a port of its own, the lowest that is free', async () => {
  const base = await findFreeRun(3);
  const child = await run(`
    import cluster from 'node:cluster';
    const options = { host: '127.0.0.1', port: ${base}, service: { name: 'child' }, routes: [] };
    if (cluster.isPrimary) {
      const own = await startAdminServer(options).ready;
      console.log('primary', own?.port);
      for (let n = 0; n < 2; n += 1) {
        const worker = cluster.fork();
        await new Promise((resolve) => worker.once('message', (port) => { console.log('worker', port); resolve(0); }));
      }
      for (const worker of Object.values(cluster.workers ?? {})) worker?.kill();
    } else {
      const own = await startAdminServer(options).ready;
      process.send!(own?.port);
    }
  `);
  expect(await child.exited).toBe(0);
  expect(child.lines()).toEqual([`primary ${base}`, `worker ${base + 1}`, `worker ${base + 2}`]);
}, 40_000);

/** The first of `count` free ports in a row, below those that the system hands out to others by itself. */
async function findFreeRun(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const base = 10_000 + Math.floor(Math.random() * 20_000);
    const ports = Array.from({ length: count }, (_, n) => base + n);
    if ((await Promise.all(ports.map(listens))).every(Boolean)) return base;
  }
  throw new Error('no free ports in a row');
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(port, '127.0.0.1');
    server.once('error', () => resolve(false));
    server.once('listening', () => server.close(() => resolve(true)));
  });
}
