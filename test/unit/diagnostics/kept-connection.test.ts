import { expect, test } from 'vitest';
import { KnownFailure } from '../../../src/diagnostics/failure.js';
import { keepConnection, type Connection } from '../../../src/diagnostics/kept-connection.js';

/** Connections by number, and which of them were cut. */
function makeConnections(ready: (number: number) => Promise<unknown> = () => Promise.resolve()) {
  const cut: number[] = [];
  let made = 0;
  const open = (): Connection<number> => {
    made += 1;
    const client = made;
    const destroy = (): void => void cut.push(client);
    return { client, ready: () => ready(client), isOpen: () => !cut.includes(client), destroy };
  };
  const kept = keepConnection(open, (error) => (String(error).includes('lost') ? 'connection lost' : 'failed'));
  return { kept, cut };
}

const NEVER = new AbortController().signal;

test('one connection for all uses, until it is closed', async () => {
  const { kept, cut } = makeConnections();
  expect(await kept.use((client) => Promise.resolve(client), NEVER)).toBe(1);
  expect(await kept.use((client) => Promise.resolve(client), NEVER)).toBe(1);
  kept.close();
  expect(cut).toEqual([1]);
  expect(await kept.use((client) => Promise.resolve(client), NEVER)).toBe(2);
});

test('a failure cuts it; a kept one that was lost is made anew in the same use', async () => {
  const { kept, cut } = makeConnections();
  await expect(kept.use(() => Promise.reject(new Error('lost')), NEVER)).rejects.toMatchObject({
    category: 'connection lost',
  });
  expect(cut).toEqual([1]);
  await kept.use((client) => Promise.resolve(client), NEVER);
  const answer = await kept.use(
    (client) => (client === 2 ? Promise.reject(new Error('lost')) : Promise.resolve(client)),
    NEVER,
  );
  expect([answer, cut]).toEqual([3, [1, 2]]);
});

test('a connection that cannot be opened is a failure', async () => {
  const kept = keepConnection<number>(
    () => {
      throw new Error('no such file');
    },
    () => 'failed',
  );
  const using = kept.use((client) => Promise.resolve(client), NEVER);
  await expect(using).rejects.toThrow(KnownFailure);
  await expect(using).rejects.toMatchObject({ category: 'failed', message: 'no such file' });
});

test('a use that was given up cuts its own connection, not that of the next', async () => {
  let fail = (_error: Error): void => {};
  const first = new Promise((_resolve, reject) => {
    fail = reject;
  });
  const { kept, cut } = makeConnections((number) => (number === 1 ? first : Promise.resolve()));
  const controller = new AbortController();
  const given = kept.use((client) => Promise.resolve(client), controller.signal);
  controller.abort();
  expect(cut).toEqual([1]);
  expect(await kept.use((client) => Promise.resolve(client), NEVER)).toBe(2);
  // Only now does its socket say that it is closed.
  fail(new Error('closed'));
  await expect(given).rejects.toMatchObject({ category: 'failed' });
  expect(await kept.use((client) => Promise.resolve(client), NEVER)).toBe(2);
});
