import net from 'node:net';
import tls from 'node:tls';

/** A connection that says exactly what it is told, and keeps what it hears. */
export interface RawConnection {
  readonly socket: net.Socket;
  readonly received: () => string;
  /** Resolves when the bytes are with the operating system. */
  readonly send: (text: string | Buffer) => Promise<void>;
  /** Resolves when `received` matches; fails when the connection closes before, or at the deadline. */
  readonly waitFor: (pattern: RegExp, deadlineMs?: number) => Promise<RegExpExecArray>;
  /** Everything that was received, when the server has closed the connection; fails at the deadline. */
  readonly closed: (deadlineMs?: number) => Promise<string>;
}

const DEADLINE_MS = 20_000;

/** Connects to the server of an http: or https: URL. Nobody has signed the certificates of the tests. */
export async function connectRaw(url: string): Promise<RawConnection> {
  const { protocol, hostname, port } = new URL(url);
  const where = { host: hostname, port: Number(port) };
  const secure = protocol === 'https:';
  const socket = secure ? tls.connect({ ...where, rejectUnauthorized: false }) : net.connect(where);
  await new Promise<void>((resolve, reject) => {
    socket.once(secure ? 'secureConnect' : 'connect', () => resolve());
    socket.once('error', reject);
  });
  return watch(socket);
}

/** Sends a whole conversation on a connection of its own; what came back when the server has closed it. */
export async function converse(url: string, text: string | Buffer): Promise<string> {
  const connection = await connectRaw(url);
  await connection.send(text);
  return connection.closed();
}

/** The status lines' numbers, in the order of the answers. */
export function readStatuses(received: string): number[] {
  return Array.from(received.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
}

/** The values of a header in everything received. */
export function readHeaders(received: string, name: string): string[] {
  return Array.from(received.matchAll(new RegExp(`^${name}: (.*)\r$`, 'gim')), ([, value = '']) => value);
}

function watch(socket: net.Socket): RawConnection {
  let received = '';
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    received += chunk;
    tell();
  });
  // A reset is an end like any other here: what matters is what was received.
  socket.on('error', () => {});
  socket.on('close', tell);
  const until = <T>(look: () => T | undefined, what: string, deadlineMs: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        listeners.delete(check);
      };
      const fail = (why: string): void => {
        finish();
        reject(new Error(`${what}: ${why}; received ${JSON.stringify(received)}`));
      };
      const check = (): void => {
        const found = look();
        if (found === undefined) return socket.closed ? fail('the connection is closed') : undefined;
        finish();
        resolve(found);
      };
      const timer = setTimeout(() => fail(`not in ${deadlineMs} ms`), deadlineMs);
      listeners.add(check);
      check();
    });
  return {
    socket,
    received: () => received,
    send: (text) => new Promise((resolve) => void socket.write(text, 'latin1', () => resolve())),
    waitFor: (pattern, deadlineMs = DEADLINE_MS) =>
      until(() => pattern.exec(received) ?? undefined, String(pattern), deadlineMs),
    closed: (deadlineMs = DEADLINE_MS) => until(() => (socket.closed ? received : undefined), 'the end', deadlineMs),
  };
}
