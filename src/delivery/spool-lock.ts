import { channel } from 'node:diagnostics_channel';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describeError, diag } from '../diagnostics/diag.js';

/** Room for a path in a socket's address, without the zero at its end; on macOS it is 103. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
const SERVER = 1;
const BACKLOG = 511;

/** A listening socket of libuv. */
interface LockPipe {
  bind: (at: string) => number;
  listen: (backlog: number) => number;
  close: () => void;
  unref: () => void;
  onconnection: (status: number, client: { close: () => void } | undefined) => void;
}

/** What is known of a process from its socket. */
export type Life = 'lives' | 'gone' | 'unknown';

/**
 * A socket in the spool folder on which this process listens. The kernel refuses connections to it from the moment at
 * which the process is gone, however it went, and it says so to every process that sees the folder, in whatever
 * container. Nothing is ever said on it. Keeps nothing alive.
 */
export class SpoolLock {
  readonly #directory: string;
  #pipe: LockPipe | undefined;
  #name: string | undefined;
  /** Open folders whose paths are too long for a socket's address. */
  readonly #folders = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The name of the socket; undefined where there is none. */
  get held(): string | undefined {
    return this.#name;
  }

  /** Listens. False where that cannot be. */
  take(name: string): boolean {
    try {
      const at = this.#findPath(this.#directory, name);
      const pipe = at === undefined ? undefined : createPipe();
      if (at === undefined || pipe === undefined) return false;
      pipe.onconnection = (_status, client) => client?.close();
      if (pipe.bind(at) !== 0 || pipe.listen(BACKLOG) !== 0) {
        pipe.close();
        fs.rmSync(path.join(this.#directory, name), { force: true });
        return false;
      }
      pipe.unref();
      this.#pipe = pipe;
      this.#name = name;
      fs.chmodSync(path.join(this.#directory, name), 0o600);
      return true;
    } catch (error) {
      diag.debug(`log spool ${this.#directory}: no socket: ${describeError(error)}`);
      this.release();
      return false;
    }
  }

  /** Ends it, and takes the socket away. */
  release(): void {
    const [pipe, name] = [this.#pipe, this.#name];
    this.#pipe = undefined;
    this.#name = undefined;
    pipe?.close();
    if (name === undefined) return;
    try {
      fs.rmSync(path.join(this.#directory, name), { force: true });
    } catch (error) {
      diag.debug(`log spool ${this.#directory}: ${describeError(error)}`);
    }
  }

  /** Whether the process whose socket this is lives. Never rejects. */
  ask(name: string, directory = this.#directory): Promise<Life> {
    return new Promise((resolve) => {
      const at = this.#findPathIfAny(directory, name);
      if (at === undefined) return resolve('unknown');
      const socket = new net.Socket();
      const end = (life: Life): void => {
        socket.destroy();
        resolve(life);
      };
      socket.on('connect', () => end('lives'));
      socket.on('error', (error: NodeJS.ErrnoException) => end(judge(error.code)));
      socket.unref();
      connectUnseen(socket, at);
    });
  }

  /** A path to it that fits into an address. */
  #findPath(directory: string, name: string): string | undefined {
    const at = path.join(directory, name);
    if (Buffer.byteLength(at) <= MAX_PATH_BYTES) return at;
    if (process.platform !== 'linux') return undefined;
    let folder = this.#folders.get(directory);
    // The folder may have been made anew.
    if (folder !== undefined && fs.fstatSync(folder).nlink === 0) {
      this.#folders.delete(directory);
      fs.closeSync(folder);
      folder = undefined;
    }
    folder ??= fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    this.#folders.set(directory, folder);
    return `/proc/self/fd/${folder}/${name}`;
  }

  #findPathIfAny(directory: string, name: string): string | undefined {
    try {
      return this.#findPath(directory, name);
    } catch (error) {
      diag.debug(`log spool ${directory}: ${describeError(error)}`);
      return undefined;
    }
  }
}

function judge(code: string | undefined): Life {
  // Nobody listens: the kernel has closed what the process had.
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return 'gone';
  // Its queue of connections is full: it computes, or is stopped.
  if (code === 'EAGAIN') return 'lives';
  return 'unknown';
}

/**
 * Makes a pipe that listens, without `net.Server`. A `net.Server` tells the subscribers of `net.server.listen`, asks the
 * primary in a cluster worker, and goes through an application's own `listen`. Node does not export the class of a pipe. A
 * socket that connects to a path has one, even where the path is empty; then Node begins no request that would show on the
 * event loop.
 */
function createPipe(): LockPipe | undefined {
  const socket = new net.Socket().on('error', () => {});
  try {
    connectUnseen(socket, {} as string);
  } catch {
    // ERR_INVALID_ARG_TYPE, after the pipe was made.
  }
  socket.unref();
  const handle = (socket as unknown as { _handle?: { constructor: unknown } })._handle;
  const PipeClass = handle?.constructor as (new (type: number) => Partial<LockPipe>) | undefined;
  socket.destroy();
  if (PipeClass?.name !== 'Pipe') return undefined;
  const pipe = new PipeClass(SERVER);
  const complete = ['bind', 'listen', 'close', 'unref'].every(
    (method) => typeof pipe[method as keyof LockPipe] === 'function',
  );
  return complete ? (pipe as LockPipe) : undefined;
}

/** It is not the application's connection: those who watch its connections are not told. */
function connectUnseen(socket: net.Socket, at: string): void {
  const sockets = channel('net.client.socket');
  Object.defineProperty(sockets, 'hasSubscribers', { value: false, configurable: true });
  try {
    socket.connect({ path: at });
  } finally {
    Reflect.deleteProperty(sockets, 'hasSubscribers');
  }
}
