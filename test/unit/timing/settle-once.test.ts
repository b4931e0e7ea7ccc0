import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { withDeadline } from '../../../src/timing/deadline.js';
import { settleOnce } from '../../../src/timing/settle-once.js';

/** What Node tells of promises that are settled twice; Node 26 tells nothing. */
function listen(): unknown[] {
  const told: unknown[] = [];
  const listener = (type: unknown): void => void told.push(type);
  process.on('multipleResolves', listener);
  onTestFinished(() => void process.removeListener('multipleResolves', listener));
  return told;
}

test('the first call settles it, and of the others nobody is told', async () => {
  const told = listen();
  await expect(
    settleOnce((resolve, reject) => {
      resolve(1);
      resolve(2);
      reject(new Error('late'));
    }),
  ).resolves.toBe(1);
  await expect(
    settleOnce((resolve, reject) => {
      reject(new Error('first'));
      resolve(2);
    }),
  ).rejects.toThrow('first');
  await sleep(5);
  expect(told).toEqual([]);
});

test('work that comes too late, fails too late or throws settles a deadline once', async () => {
  const told = listen();
  await expect(withDeadline(() => sleep(20), 1, 'slow')).rejects.toThrow('slow');
  const failing = async (): Promise<never> => {
    await sleep(20);
    throw new Error('late');
  };
  await expect(withDeadline(failing, 1, 'slow')).rejects.toThrow('slow');
  const thrower = (): never => {
    throw new Error('at once');
  };
  await expect(withDeadline(thrower, 20, 'slow')).rejects.toThrow('at once');
  await sleep(40);
  expect(told).toEqual([]);
});
