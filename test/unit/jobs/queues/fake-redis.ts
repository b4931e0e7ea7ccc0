import type { Command, IoredisClient } from '../../../../src/jobs/redis/connection.js';

/** As ioredis gives what Redis has answered. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/** A client whose commands are answered by a function; an error that it gives is what Redis answers. */
export class FakeRedis {
  readonly asked: Command[] = [];
  /** Round trips: pipelines, and commands of their own. */
  trips = 0;
  readonly #answer: (command: Command) => unknown;

  constructor(answer: (command: Command) => unknown) {
    this.#answer = answer;
  }

  get client(): IoredisClient {
    return this as unknown as IoredisClient;
  }

  call(...command: Command): Promise<unknown> {
    this.trips += 1;
    return this.#ask(command);
  }

  ping(): Promise<unknown> {
    return this.call('ping');
  }

  info(section: string): Promise<unknown> {
    return this.call('info', section);
  }

  pipeline(commands: readonly Command[]): { exec: () => Promise<[unknown, unknown][]> } {
    this.trips += 1;
    const ask = (command: Command): Promise<[unknown, unknown]> =>
      this.#ask(command).then(
        (reply) => [null, reply],
        (error: unknown) => [error, undefined],
      );
    return { exec: () => Promise.all(commands.map(ask)) };
  }

  async #ask(command: Command): Promise<unknown> {
    this.asked.push(command);
    const reply = await Promise.resolve(this.#answer(command));
    if (reply instanceof Error) throw reply;
    return reply;
  }
}
