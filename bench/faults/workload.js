/** The application under a fault: started with our preload or the stock one, watched, asked for its latency, ended. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const PRELOADS = {
  ours: fileURLToPath(new URL('../../dist/register.js', import.meta.url)),
  stock: fileURLToPath(new URL('../preloads/stock-opentelemetry.js', import.meta.url)),
};
const PING_EVERY_MS = 20;
const PING_TIMEOUT_MS = 10_000;
const KEPT_CHARS = 20_000;

/** All that run, so that none is left behind. */
const running = new Set();
const spools = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of spools) rmSync(folder, { recursive: true, force: true });
});

/** One application and its restarts, which share a spool. */
export class Workload {
  #options;
  #child;
  #spool = mkdtempSync(path.join(tmpdir(), 'barbossa-faults-'));
  #pings;
  /** Last number written, by lane. @type {Map<string, number>} */
  #written = new Map();
  /** When which number of a lane was the last one, for what a kill may lose. */
  history = [];
  latenciesMs = [];
  pids = new Map();
  stderr = '';
  exited = Promise.resolve();

  /** @param {{ kind: 'ours' | 'stock', run: string, url: string, env?: object, preloads?: string[] }} options */
  constructor(options) {
    this.#options = options;
    spools.add(this.#spool);
  }

  /** Starts the application. Resolves when it has said a first word: it listens, or has written a line. */
  async start(args) {
    const { kind, run, url, env = {}, preloads = [] } = this.#options;
    const imports = [...preloads, PRELOADS[kind]].flatMap((file) => ['--import', file]);
    const child = spawn(process.execPath, [...imports, path.join(BENCH, 'faults/app.cjs'), '--run', run, ...args], {
      cwd: BENCH,
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_SERVICE_NAME: 'faults',
        BARBOSSA_LOG_SPOOL_DIR: this.#spool,
        ...env,
      },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text) => (this.stderr = (this.stderr + text).slice(-KEPT_CHARS)));
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        clearInterval(this.#pings);
        this.exitedAtMs ??= performance.now();
        resolve({ code, signal });
      });
    });
    const speaks = new Promise((resolve) => child.stdio[3].once('data', resolve));
    this.done = new Promise((resolve) => this.#read(child.stdio[3], resolve));
    await Promise.race([speaks, this.exited]);
  }

  /** How many lines were written so far. */
  get sent() {
    return [...this.#written.values()].reduce((sum, last) => sum + last + 1, 0);
  }

  /** The keys of all lines written so far. */
  *keys() {
    for (const [lane, last] of this.#written) {
      for (let number = 0; number <= last; number++) yield `${lane}-${number}`;
    }
  }

  /** Waits until all lines are written, or the process has ended. */
  async finished() {
    await Promise.race([this.done, this.exited]);
  }

  /** No more requests, and so no more lines. */
  stopPings() {
    clearInterval(this.#pings);
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** SIGTERM, SIGKILL 10 s later. */
  async end() {
    if (running.has(this.#child)) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.exited;
    clearTimeout(timer);
  }

  removeSpool() {
    rmSync(this.#spool, { recursive: true, force: true });
    spools.delete(this.#spool);
  }

  #read(stream, done) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text) => {
      const rows = (rest + text).split('\n');
      rest = rows.pop() ?? '';
      for (const row of rows) this.#take(row.split(' '), done);
    });
    stream.on('error', () => {});
  }

  #take([lane, number, pid], done) {
    if (lane === 'port') return this.#ping(Number(number));
    if (lane === 'done') return done();
    this.#written.set(lane, Number(number));
    this.pids.set(lane, Number(pid));
    this.history.push({ lane, number: Number(number), total: this.sent, atMs: performance.now() });
  }

  /** A request every 20 ms, one connection: the application's latency while all this goes on. */
  #ping(port) {
    const agent = new http.Agent({ keepAlive: true });
    this.#pings = setInterval(() => {
      const startedMs = performance.now();
      const request = http.get(
        { host: '127.0.0.1', port, path: '/ping', agent, timeout: PING_TIMEOUT_MS },
        (response) => {
          response.resume();
          response.on('end', () => this.latenciesMs.push(performance.now() - startedMs));
        },
      );
      request.on('error', () => {});
    }, PING_EVERY_MS);
  }
}
