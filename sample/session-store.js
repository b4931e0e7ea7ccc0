const MAX_SESSIONS = 10_000;

/** Sessions in the memory of this process. Asynchronous, so that a store which processes share can take its place. */
export class MemorySessionStore {
  /** By token. All live equally long, so the oldest, which is the first, ends first. */
  #sessions = new Map();

  async add(token, user, endsAtMs) {
    this.#sweep();
    this.#sessions.set(token, { user, token, endsAtMs });
  }

  /** A session that has not ended: `{ user, token }`. */
  async find(token) {
    const session = this.#sessions.get(token);
    return session !== undefined && session.endsAtMs > Date.now() ? session : undefined;
  }

  async remove(token) {
    this.#sessions.delete(token);
  }

  /** Users with a session, each once. */
  async countUsers() {
    this.#sweep();
    return new Set(Array.from(this.#sessions.values(), ({ user }) => user)).size;
  }

  #sweep() {
    const nowMs = Date.now();
    for (const [token, { endsAtMs }] of this.#sessions) {
      if (endsAtMs > nowMs && this.#sessions.size < MAX_SESSIONS) return;
      this.#sessions.delete(token);
    }
  }
}
