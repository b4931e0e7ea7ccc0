import { Socket } from 'node:net';
import type { Load } from '../../application/app-module.js';
import { categorise, KnownFailure, type FailureCategory } from '../../diagnostics/failure.js';
import { keepConnection, type Connection } from '../../diagnostics/kept-connection.js';
import { requireModule, type BuiltIn } from './definition.js';
import { MAX_PEM_BYTES, readSmallFileSync } from '../../files/small-file.js';
import type { ConnectedCheck } from './http-service.js';

const QUESTION = 'SELECT 1';

/** What is used of the package `pg`. */
interface PgModule {
  readonly Client: new (config: Readonly<Record<string, unknown>>) => PgClient;
}

interface PgClient {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  on(event: 'end' | 'error', listener: () => void): unknown;
}

export const DATABASE: BuiltIn = {
  name: 'database',
  make: ({ databaseUrl }) => {
    if (databaseUrl === undefined) return undefined;
    const load = requireModule<PgModule>('pg', 'DATABASE_URL', 'registerDatabaseCheck');
    return load && createDatabaseCheck(databaseUrl, load);
  },
};

/** Asks PostgreSQL `SELECT 1` over a connection of the check's own. */
function createDatabaseCheck(url: string, load: Load<PgModule>): ConnectedCheck {
  const { use, close } = keepConnection(() => open(url, load()), categoriseDatabaseError);
  return { run: (signal) => use(askDatabase, signal), close };
}

async function askDatabase(client: DatabaseClient): Promise<void> {
  await client.query(QUESTION);
}

/** What `pg` reads by itself, while the application waits for it: from a pipe for ever. @throws {Error} Where it is no file. */
function checkFiles(url: string): void {
  const { searchParams } = new URL(url);
  for (const name of ['sslcert', 'sslkey', 'sslrootcert']) {
    const file = searchParams.get(name) ?? '';
    if (file !== '' && file !== 'system') readSmallFileSync(file, MAX_PEM_BYTES);
  }
}

function open(url: string, { Client }: PgModule): Connection<PgClient> {
  checkFiles(url);
  const socket = new Socket();
  const client = new Client({ connectionString: url, application_name: 'barbossa-health', stream: () => socket });
  let isOpen = true;
  const ended = (): void => void (isOpen = false);
  // What is under way rejects by itself; an idle connection that breaks is news for the next run.
  client.on('error', ended);
  client.on('end', ended);
  let connected: Promise<unknown> | undefined;
  const connect = (): Promise<unknown> => {
    const connecting = client.connect();
    socket.unref();
    return connecting;
  };
  return {
    client,
    ready: () => (connected ??= connect()),
    isOpen: () => isOpen && !socket.destroyed,
    destroy: () => void socket.destroy(),
  };
}

/** What is used of a `pg.Pool`, a `pg.Client`, or of what looks like one. */
export interface DatabaseClient {
  query(text: string): Promise<unknown>;
}

interface DatabasePool extends DatabaseClient {
  connect(): Promise<PoolClient>;
  readonly totalCount: number;
}

interface PoolClient {
  query(text: string): Promise<unknown>;
  /** With true the connection is cut instead of going back. */
  release(destroy?: boolean): void;
}

/**
 * Asks `SELECT 1` through the application's own pool or client. A pool's connection that does not answer by the deadline is
 * taken out of the pool and cut; a single client's is left alone, since it is the application's only one.
 */
export function createClientCheck(client: DatabaseClient): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    try {
      if (isPool(client)) await askPool(client, signal);
      else await client.query(QUESTION);
    } catch (error) {
      throw new KnownFailure(categoriseDatabaseError(error), error);
    }
  };
}

function isPool(client: DatabaseClient): client is DatabasePool {
  const { connect, totalCount } = client as Partial<DatabasePool>;
  return typeof connect === 'function' && typeof totalCount === 'number';
}

async function askPool(pool: DatabasePool, signal: AbortSignal): Promise<void> {
  const client = await pool.connect();
  let isReleased = false;
  const release = (destroy: boolean): void => {
    if (!isReleased) client.release(destroy);
    isReleased = true;
  };
  const cut = (): void => release(true);
  signal.addEventListener('abort', cut, { once: true });
  try {
    // A pool that was empty until after the deadline.
    if (!signal.aborted) await client.query(QUESTION);
    release(false);
  } catch (error) {
    release(true);
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

/** https://www.postgresql.org/docs/15/errcodes-appendix.html: codes, and classes of two characters. */
const SQL_STATES: Readonly<Record<string, FailureCategory>> = {
  '08P01': 'protocol',
  25: 'read-only',
  28: 'authentication',
  '53100': 'server error',
  '53200': 'out of memory',
  53: 'out of connections',
  '57P01': 'connection lost',
  '57P02': 'connection lost',
  '57P03': 'starting',
};

/** What pg says in words only. */
const MESSAGES: readonly (readonly [RegExp, FailureCategory])[] = [
  [/^Connection terminated|^Client has encountered a connection error|connection was closed/i, 'connection lost'],
  [/^SASL:|password must be a string|no password supplied/i, 'authentication'],
  [/timeout/i, 'timeout'],
  [/received invalid response|unexpected|SSL connection/i, 'protocol'],
];

/** The category of what pg has thrown. */
export function categoriseDatabaseError(error: unknown): FailureCategory {
  const { code, severity, message } = error as { code?: unknown; severity?: unknown; message?: unknown };
  if (typeof severity === 'string' && typeof code === 'string') {
    return SQL_STATES[code] ?? SQL_STATES[code.slice(0, 2)] ?? 'server error';
  }
  const known = categorise(error);
  if (known !== 'failed' || typeof message !== 'string') return known;
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? known;
}
