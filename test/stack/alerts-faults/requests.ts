import { setTimeout as sleep } from 'node:timers/promises';

/** Sends requests at a rate, the kinds of which take turns, until it is stopped. Answers are not looked at. */
export class Requests {
  readonly #over = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #done: Promise<void>;

  constructor(url: string, paths: readonly string[], perSecond: number) {
    this.#done = this.#send(url, paths, perSecond);
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#done;
    await Promise.all(this.#underWay);
  }

  async #send(url: string, paths: readonly string[], perSecond: number): Promise<void> {
    for (let n = 0; !this.#over.signal.aborted; n += 1) {
      const one = ask(`${url}${paths[n % paths.length]}`).finally(() => this.#underWay.delete(one));
      this.#underWay.add(one);
      await sleep(1_000 / perSecond, undefined, { signal: this.#over.signal }).catch(() => {});
    }
  }
}

async function ask(url: string): Promise<void> {
  try {
    await (await fetch(url)).arrayBuffer();
  } catch (error) {
    // While it starts again nobody is there.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Asks for so many kinds of endpoint, method and status that the family has more series than it may. */
export async function askVariously(url: string): Promise<void> {
  const kinds = [
    ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => [method, '/none']),
    ...['GET', 'HEAD'].flatMap((method) => [
      ...['/', '/api/fail', '/api/slow?ms=0', '/api/slow?ms=x', '/api/tracks?size=x'].map((path) => [method, path]),
      ...['/api/tracks/x', '/api/downloads', '/api/imports', '/api/tracks'].map((path) => [method, path]),
    ]),
    ...['/api/login', '/api/logout', '/api/downloads', '/api/imports'].map((path) => ['POST', path]),
    ...['/api/downloads/1', '/api/imports/1'].map((path) => ['DELETE', path]),
  ];
  for (const [method = '', path = ''] of kinds) await (await fetch(`${url}${path}`, { method })).arrayBuffer();
}
