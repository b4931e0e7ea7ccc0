import { Library } from './library.js';
import { MemorySessionStore } from './session-store.js';

/**
 * The library and the sessions: in PostgreSQL where there is one, else in memory. `pg` is loaded where it is needed.
 * Rejects where the database cannot be reached.
 */
export async function openStore({ databaseUrl }) {
  if (databaseUrl === undefined) {
    return { library: new Library(), sessions: new MemorySessionStore(), close: async () => {} };
  }
  const [{ openDatabase }, { PostgresLibrary }, { PostgresSessionStore }] = await Promise.all([
    import('./database.js'),
    import('./postgres-library.js'),
    import('./postgres-session-store.js'),
  ]);
  const pool = await openDatabase(databaseUrl);
  return {
    library: new PostgresLibrary(pool),
    sessions: new PostgresSessionStore(pool),
    close: () => pool.end(),
  };
}
