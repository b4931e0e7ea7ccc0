import { makeFolder, MAX_TRACKS } from './music.js';
import { transact } from './transact.js';

const COLUMNS = 'id, artist, album, number, title, duration_seconds, size_bytes';

/** The same as `Library`, in PostgreSQL, where the web process and the worker share it. */
export class PostgresLibrary {
  #pool;

  /** @param pool Of `openDatabase`. */
  constructor(pool) {
    this.#pool = pool;
  }

  async measure() {
    const { rows } = await this.#pool.query(
      'SELECT count(*)::int AS tracks, sum(size_bytes)::float8 AS size FROM tracks',
    );
    return { tracks: rows[0].tracks, sizeBytes: rows[0].size ?? 0 };
  }

  async list({ offset, limit }) {
    return this.#select('ORDER BY id OFFSET $1 LIMIT $2', [offset, limit]);
  }

  async get(id) {
    const [track] = await this.#select('WHERE id = $1', [id]);
    return track;
  }

  async search(text, limit) {
    const where = `WHERE position(lower($1) IN lower(artist || ' ' || album || ' ' || title)) > 0`;
    return this.#select(`${where} ORDER BY id LIMIT $2`, [text, limit]);
  }

  async importFolder(folder) {
    return transact(this.#pool, async (client) => {
      const { rowCount } = await client.query('INSERT INTO folders (name) VALUES ($1) ON CONFLICT DO NOTHING', [
        folder,
      ]);
      if (rowCount === 0) return 0;
      const { rows } = await client.query('SELECT count(*)::int AS count FROM tracks');
      const tracks = makeFolder(folder).slice(0, Math.max(0, MAX_TRACKS - rows[0].count));
      await addTracks(client, tracks);
      return tracks.length;
    });
  }

  async #select(rest, values) {
    const { rows } = await this.#pool.query(`SELECT ${COLUMNS} FROM tracks ${rest}`, values);
    return rows.map(({ duration_seconds: durationSeconds, size_bytes: sizeBytes, ...track }) => ({
      ...track,
      durationSeconds,
      sizeBytes: Number(sizeBytes),
    }));
  }
}

/** Adds tracks in their order. @param client In a transaction. */
export async function addTracks(client, tracks) {
  await client.query(
    `INSERT INTO tracks (artist, album, number, title, duration_seconds, size_bytes)
     SELECT artist, album, number, title, "durationSeconds", "sizeBytes"
     FROM json_to_recordset($1) AS track
       (artist text, album text, number integer, title text, "durationSeconds" integer, "sizeBytes" bigint)`,
    [JSON.stringify(tracks)],
  );
}
