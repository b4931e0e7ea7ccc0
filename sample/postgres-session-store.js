import { createHash } from 'node:crypto';

/** The same as `MemorySessionStore`, in PostgreSQL. Who reads the table has no token: it has their hashes. */
export class PostgresSessionStore {
  #pool;

  /** @param pool Of `openDatabase`. */
  constructor(pool) {
    this.#pool = pool;
  }

  async add(token, user, endsAtMs) {
    await this.#pool.query('DELETE FROM sessions WHERE ends_at <= now()');
    await this.#pool.query('INSERT INTO sessions (token_hash, user_name, ends_at) VALUES ($1, $2, $3)', [
      hash(token),
      user,
      new Date(endsAtMs),
    ]);
  }

  async find(token) {
    const { rows } = await this.#pool.query(
      'SELECT user_name AS "user" FROM sessions WHERE token_hash = $1 AND ends_at > now()',
      [hash(token)],
    );
    return rows[0] && { user: rows[0].user, token };
  }

  async remove(token) {
    await this.#pool.query('DELETE FROM sessions WHERE token_hash = $1', [hash(token)]);
  }

  async countUsers() {
    const { rows } = await this.#pool.query(
      'SELECT count(DISTINCT user_name)::int AS users FROM sessions WHERE ends_at > now()',
    );
    return rows[0].users;
  }
}

function hash(token) {
  return createHash('sha256').update(token).digest();
}
