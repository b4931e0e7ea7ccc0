import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { HopelessError, waitUntil } from './wait-until.js';

const KEPT_CHARS = 200_000;
/** Of what it has printed, in the error where it does not come up. */
const SHOWN_CHARS = 4000;
const STOP_MS = 30_000;

/** Those that run. @type {Set<ServerProcess>} */
const running = new Set();

/** Kills a group when its standard input ends without a line. */
const WATCH = 'read -r line || kill -s KILL -- "-$1"';

/**
 * Kills a server when this process is gone, however it went: no handler runs in a process that is killed.
 * @param {number} pid @returns {() => void} To be called when the server has ended.
 */
function watch(pid) {
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'watch', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a watcher the server still ends when it is told to.
  watcher.on('error', () => {});
  watcher.stdin.on('error', () => {});
  watcher.unref();
  return () => void watcher.stdin.end('\n');
}

/**
 * How a server is started.
 * @typedef {object} ServerOptions
 * @property {string} command
 * @property {string[]} args
 * @property {Record<string, string>} env All of its environment.
 * @property {string} [cwd]
 * @property {number} [uid]
 * @property {number} [gid]
 */

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Exit */

/** A server in a process group of its own, so that Ctrl-C does not reach it by itself and its children go with it. */
export class ServerProcess {
  #options;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {Promise<Exit>} */
  #exited = Promise.resolve({ code: null, signal: null });
  #output = '';

  /** @param {ServerOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** Starts it, also again after its end. @throws {Error} Where it runs. */
  start() {
    if (this.running) throw new Error(`${this.#options.command} runs already`);
    const { command, args, ...options } = this.#options;
    const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output = (this.#output + text).slice(-KEPT_CHARS);
      });
    }
    this.#child = child;
    running.add(this);
    const unwatch = child.pid === undefined ? () => {} : watch(child.pid);
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#output += `\n${error.message}`;
        running.delete(this);
        resolve({ code: null, signal: null });
      });
      child.once('close', (code, signal) => {
        running.delete(this);
        unwatch();
        resolve({ code, signal });
      });
    });
  }

  /**
   * Starts it, and waits until it is ready.
   * @param {object} options
   * @param {string} options.name For a person.
   * @param {() => boolean | Promise<boolean>} options.isReady One that throws: not yet.
   * @param {number} [options.timeoutMs] 30 s by default.
   * @param {number} [options.everyMs]
   * @throws {Error} With what it has printed, where it ends or is not ready in time.
   */
  async startUntilReady({ name, isReady, ...waiting }) {
    this.start();
    const detail = () => this.output.slice(-SHOWN_CHARS);
    const probe = () => {
      if (!this.running) throw new HopelessError(`${name} ended at once:\n${detail()}`);
      return isReady();
    };
    await waitUntil(probe, { what: `${name} is ready`, ...waiting, detail });
  }

  get running() {
    return running.has(this);
  }

  get pid() {
    return this.#child?.pid;
  }

  /** What it has printed since the first start, the last 200,000 characters. */
  get output() {
    return this.#output;
  }

  /** Resolves with code and signal when the process is gone. */
  get exited() {
    return this.#exited;
  }

  /** Sends a signal to the whole group. @param {NodeJS.Signals} name */
  signal(name) {
    if (!this.running || this.pid === undefined) return;
    try {
      process.kill(-this.pid, name);
    } catch (error) {
      // It is gone, and its end is on its way to us.
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
    }
  }

  /**
   * SIGTERM, and SIGKILL when it has not ended after `graceMs` (30 s).
   * @param {{ graceMs?: number }} [options] @returns {Promise<Exit>}
   */
  async stop({ graceMs = STOP_MS } = {}) {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    const ended = await this.#exited;
    clearTimeout(timer);
    return ended;
  }

  /** SIGKILL. @returns {Promise<Exit>} */
  kill() {
    this.signal('SIGKILL');
    return this.#exited;
  }

  /** SIGSTOP. */
  pause() {
    this.signal('SIGSTOP');
  }

  /** SIGCONT. */
  resume() {
    this.signal('SIGCONT');
  }
}

/** Kills all servers that this process has started, and waits until they are gone. */
export async function killServers() {
  await Promise.all(Array.from(running, (server) => server.kill()));
}

/** Removes a server's folder. @param {string} folder */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
