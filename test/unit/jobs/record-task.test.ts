import { expect, test } from 'vitest';
import { captureStderr, type Point } from '../metrics/test-meter.js';
import { DURATION, FAILURES, loadTasks, TASKS } from './test-tasks.js';

function valueOf(points: readonly Point[], label: string, name: string): unknown {
  return points.find(({ labels }) => labels[label] === name)?.value;
}

test('a task that ended is one in each family; only one that failed for good has an exception', async () => {
  const { recordTask, points } = await loadTasks();
  recordTask({ task: 'import', state: 'success', durationSeconds: 2 });
  recordTask({ task: 'import', state: 'retry', durationSeconds: 1, exception: 'RangeError' });
  recordTask({ task: 'import', state: 'failure', durationSeconds: 3, exception: 'RangeError' });
  recordTask({ task: 'import', state: 'failure' });
  expect(await points(TASKS)).toEqual([
    { labels: { task: 'import', state: 'success' }, value: 1 },
    { labels: { task: 'import', state: 'retry' }, value: 1 },
    { labels: { task: 'import', state: 'failure' }, value: 2 },
  ]);
  expect(await points(FAILURES)).toEqual([
    { labels: { task: 'import', exception: 'RangeError' }, value: 1 },
    { labels: { task: 'import', exception: 'unknown' }, value: 1 },
  ]);
  const failure = (await points(DURATION)).find(({ labels }) => labels['state'] === 'failure');
  expect(failure?.value).toMatchObject({ count: 1, sum: 3 });
});

test('of each task fifty exceptions are told apart, then they are other', async () => {
  const { recordTask, points } = await loadTasks();
  for (const task of ['first', 'second']) {
    for (let n = 0; n < 1_000; n += 1) recordTask({ task, state: 'failure', exception: `Error${n}` });
    recordTask({ task, state: 'failure', exception: 'Error7' });
  }
  for (const task of ['first', 'second']) {
    const mine = (await points(FAILURES)).filter(({ labels }) => labels['task'] === task);
    expect(mine).toHaveLength(51);
    expect(valueOf(mine, 'exception', 'other')).toBe(950);
    expect(valueOf(mine, 'exception', 'Error7')).toBe(2);
  }
});

test('two hundred tasks are told apart, then they are other, which one warning says', async () => {
  const said = captureStderr();
  const { recordTask, points } = await loadTasks();
  for (let n = 0; n < 1_000; n += 1) recordTask({ task: `download ${n}`, state: 'success', durationSeconds: 1 });
  const tasks = await points(TASKS);
  expect(tasks).toHaveLength(201);
  expect(valueOf(tasks, 'task', 'other')).toBe(800);
  expect(await points(DURATION)).toHaveLength(201);
  expect(said.filter((line) => line.includes('names of tasks'))).toHaveLength(1);
});

test('names that cannot be labels are told as such', async () => {
  captureStderr();
  const { recordTask, points } = await loadTasks();
  for (const task of ['', ' ', 'x'.repeat(121), 7, null, undefined, {}]) {
    recordTask({ task: task as string, state: 'failure', exception: 'y'.repeat(10_000), durationSeconds: Number.NaN });
  }
  recordTask({ task: 'a\nb', state: 'success', durationSeconds: -1 });
  expect(await points(TASKS)).toEqual([
    { labels: { task: 'invalid', state: 'failure' }, value: 7 },
    { labels: { task: 'a\ufffdb', state: 'success' }, value: 1 },
  ]);
  expect(await points(FAILURES)).toEqual([{ labels: { task: 'invalid', exception: 'invalid' }, value: 7 }]);
  expect(await points(DURATION)).toEqual([]);
});
