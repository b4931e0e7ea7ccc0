import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { createLog } from './logger.js';
import { makeFirstTracks } from './music.js';
import { addTracks } from './postgres-library.js';
import { transact } from './transact.js';

const log = createLog('database');

const MAX_CONNECTIONS = 10;
const TIMEOUT_MS = 5_000;
/** A database that starts beside the application may take its time. */
const START_MS = 15_000;
const RETRY_MS = 500;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tracks (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    artist text NOT NULL,
    album text NOT NULL,
    number integer NOT NULL,
    title text NOT NULL,
    duration_seconds integer NOT NULL,
    size_bytes bigint NOT NULL
  );
  CREATE TABLE IF NOT EXISTS folders (name text PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS sessions (
    token_hash bytea PRIMARY KEY,
    user_name text NOT NULL,
    ends_at timestamptz NOT NULL
  );
`;
/** Any number: the web process and the worker may start at the same time. */
const SCHEMA_LOCK = 20_261_125;

/** Connections to PostgreSQL, with the tables and the first tracks there. Rejects where it cannot be reached in time. */
export async function openDatabase(url) {
  const pool = new Pool({
    // SQLAlchemy's form, postgresql+asyncpg://, names a Python driver.
    connectionString: url.replace(/^(postgres(?:ql)?)\+\w+:/i, '$1:'),
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'barbossa',
  });
  // An idle connection that breaks: the next query opens another one.
  pool.on('error', (error) => log.warn('a connection was lost', { error }));
  const endMs = Date.now() + START_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      await prepare(pool);
      return pool;
    } catch (error) {
      if (Date.now() > endMs) {
        await pool.end();
        throw new Error('the database of DATABASE_URL cannot be used', { cause: error });
      }
      if (attempt === 1) log.warn('the database is not there yet', { error });
      await sleep(RETRY_MS);
    }
  }
}

async function prepare(pool) {
  await transact(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
    await client.query(SCHEMA);
    const { rowCount } = await client.query('SELECT 1 FROM tracks LIMIT 1');
    if (rowCount === 0) await addTracks(client, makeFirstTracks());
  });
}
