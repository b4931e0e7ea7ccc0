import { expect, test } from 'vitest';
import type { RawEvent } from '../../../../src/jobs/celery/event.js';
import { TaskTracker } from '../../../../src/jobs/celery/tracker.js';
import type { EndedTask } from '../../../../src/jobs/record-task.js';

const MINUTE_MS = 60_000;

/** A tracker, and a worker that sends it events at times of our clock. */
function startWorker(tracker = new TaskTracker(), hostname = 'celery@deck') {
  const send = (type: unknown, fields: RawEvent = {}, nowMs = 0): EndedTask | undefined =>
    tracker.take({ type, hostname, pid: 1, ...fields }, nowMs);
  return { tracker, send };
}

test('a success: its name from when it came, its time from the worker', () => {
  const { tracker, send } = startWorker();
  expect(send('task-received', { uuid: 'a', name: 'library.scan' })).toBeUndefined();
  expect(send('task-started', { uuid: 'a', timestamp: 10 })).toBeUndefined();
  expect(tracker.taskCount).toBe(1);
  // The worker's clock was set meanwhile; ours runs too fast.
  expect(send('task-succeeded', { uuid: 'a', runtime: 0.25, timestamp: 99_999 }, 5_000)).toEqual({
    task: 'library.scan',
    state: 'success',
    durationSeconds: 0.25,
    exception: undefined,
  });
  expect(tracker.taskCount).toBe(0);
});

test.each([
  ['two stamps of one worker', { timestamp: 100 }, { timestamp: 100.5 }, 2_000, 0.5],
  ['not where its clock was set back', { timestamp: 100 }, { timestamp: 40 }, 2_000, 2],
  ['not where its clock was set forward', { timestamp: 100 }, { timestamp: 3_700 }, 2_000, 2],
  ['not where there is no stamp', {}, { timestamp: 100.5 }, 2_000, 2],
  ['not where it is none', { timestamp: 100 }, { timestamp: '100.5' }, 2_000, 2],
  ['not where it is infinite', { timestamp: Infinity }, { timestamp: Infinity }, 2_000, 2],
])('how long a failure took: %s', (_name, start, end, arrivedMs, seconds) => {
  const { send } = startWorker();
  send('task-received', { uuid: 'a', name: 'scan' });
  send('task-started', { uuid: 'a', ...start }, 0);
  const ended = send('task-failed', { uuid: 'a', exception: 'RatsAboard(3)', ...end }, arrivedMs);
  expect(ended).toEqual({ task: 'scan', state: 'failure', durationSeconds: seconds, exception: 'RatsAboard' });
});

test('the beginning was missed: a success still says how long it took, a failure does not', () => {
  const { send } = startWorker();
  expect(send('task-succeeded', { uuid: 'a', runtime: 2 })).toMatchObject({ task: 'unknown', durationSeconds: 2 });
  expect(send('task-failed', { uuid: 'b', exception: 'A()' })).toMatchObject({
    task: 'unknown',
    durationSeconds: undefined,
    exception: 'A',
  });
  send('task-received', { uuid: 'c', name: 'scan' });
  expect(send('task-succeeded', { uuid: 'c', runtime: null })).toMatchObject({
    task: 'scan',
    durationSeconds: undefined,
  });
});

test('attempts: the next one comes before the worker says that this one is to be retried', () => {
  const { tracker, send } = startWorker();
  const uuid = 'a';
  send('task-received', { uuid, name: 'scan' });
  send('task-started', { uuid }, 0);
  send('task-received', { uuid, name: 'scan', retries: 1 });
  expect(send('task-retried', { uuid, exception: "ValueError('x')" }, 500)).toEqual({
    task: 'scan',
    state: 'retry',
    durationSeconds: 0.5,
    exception: 'ValueError',
  });
  send('task-started', { uuid }, 600);
  expect(send('task-succeeded', { uuid, runtime: 0.1 }, 700)).toMatchObject({ task: 'scan', state: 'success' });
  expect(tracker.taskCount).toBe(0);
});

test('called off, refused, put back', () => {
  const { tracker, send } = startWorker();
  for (const uuid of ['a', 'b', 'c']) send('task-received', { uuid, name: 'scan' });
  send('task-started', { uuid: 'a' });
  expect(send('task-revoked', { uuid: 'a', terminated: true })).toMatchObject({ state: 'revoked', task: 'scan' });
  expect(send('task-rejected', { uuid: 'b', requeue: false })).toMatchObject({ state: 'rejected', task: 'scan' });
  expect(send('task-rejected', { uuid: 'c', requeue: true })).toBeUndefined();
  expect(tracker.taskCount).toBe(1);
});

test('the same task at two workers, as after a visibility timeout', () => {
  const { tracker, send } = startWorker();
  const other = startWorker(tracker, 'celery@mast');
  send('task-received', { uuid: 'a', name: 'scan' });
  other.send('task-received', { uuid: 'a', name: 'scan' });
  expect(send('task-succeeded', { uuid: 'a', runtime: 1 })?.task).toBe('scan');
  expect(other.send('task-succeeded', { uuid: 'a', runtime: 1 })?.task).toBe('scan');
  expect(tracker.taskCount).toBe(0);
});

test('workers: those whose heartbeat is heard', () => {
  const { tracker, send } = startWorker();
  const other = startWorker(tracker, 'celery@mast');
  send('worker-online', { freq: 2 }, 0);
  other.send('worker-heartbeat', { freq: 10 }, 0);
  expect(tracker.countWorkers(9_000)).toBe(2);
  expect(tracker.countWorkers(11_000)).toBe(1);
  expect(tracker.countWorkers(51_000)).toBe(0);
  send('worker-heartbeat', { freq: 2 }, 51_000);
  other.send('worker-offline', { freq: 10 }, 51_000);
  expect(tracker.countWorkers(51_000)).toBe(1);
});

test('tasks of a worker that is gone are forgotten, those of one that ends are not at once', () => {
  const { tracker, send } = startWorker();
  send('task-received', { uuid: 'a', name: 'scan' }, 0);
  send('worker-offline', { freq: 2 }, 1_000);
  tracker.forgetLost(10 * MINUTE_MS);
  expect(tracker.taskCount).toBe(1);
  tracker.forgetLost(16 * MINUTE_MS);
  expect(tracker.taskCount).toBe(0);
});

test('nobody is gone because nothing could be heard', () => {
  const { tracker, send } = startWorker();
  send('worker-heartbeat', { freq: 2 }, 0);
  send('task-received', { uuid: 'a', name: 'scan' }, 0);
  tracker.resume(60 * MINUTE_MS);
  tracker.forgetLost(60 * MINUTE_MS);
  expect(tracker.taskCount).toBe(1);
  expect(tracker.countWorkers(60 * MINUTE_MS)).toBe(1);
});

test('another process of the name: what the one before had is lost', () => {
  const { tracker, send } = startWorker();
  send('worker-online', { freq: 2 });
  send('task-received', { uuid: 'a', name: 'scan' });
  send('worker-heartbeat', { freq: 2 });
  expect(tracker.taskCount).toBe(1);
  send('worker-online', { freq: 2, pid: 2 });
  expect(tracker.taskCount).toBe(0);
});

test('what is kept is bounded: the oldest is forgotten', () => {
  const { tracker, send } = startWorker(new TaskTracker({ maxTasks: 100 }));
  for (let n = 0; n < 1_000; n += 1) send('task-received', { uuid: `task-${n}`, name: 'scan' });
  expect(tracker.taskCount).toBe(100);
  expect(send('task-succeeded', { uuid: 'task-0', runtime: 1 })?.task).toBe('unknown');
  expect(send('task-succeeded', { uuid: 'task-999', runtime: 1 })?.task).toBe('scan');
  for (let n = 0; n < 3_000; n += 1) startWorker(tracker, `celery@${n}`).send('worker-heartbeat', { freq: 2 });
  expect(tracker.countWorkers(0)).toBe(1_000);
  expect(tracker.taskCount).toBe(0);
});

test.each([
  {},
  { type: 'task-succeeded' },
  { type: 'task-succeeded', hostname: 'a' },
  { type: 'task-succeeded', hostname: 7, uuid: 'a' },
  { type: 'task-succeeded', hostname: '', uuid: 'a' },
  { type: 'task-succeeded', hostname: 'a', uuid: { a: 1 } },
  { type: 'task-succeeded', hostname: 'a', uuid: 'x'.repeat(1_000) },
  { type: 'task-sent', hostname: 'client', uuid: 'a', name: 'scan' },
  { type: ['task-succeeded'], hostname: 'a', uuid: 'a' },
  { type: 'worker-heartbeat', hostname: 'a', freq: -1 },
  { type: 'worker-heartbeat', hostname: 'a', freq: 'often' },
  { type: 'task-received', hostname: 'a', uuid: 'a', name: null },
  { type: '__proto__', hostname: '__proto__', uuid: '__proto__' },
])('%j ends nothing', (event) => {
  const tracker = new TaskTracker();
  expect(tracker.take(event, 0)).toBeUndefined();
  expect(tracker.taskCount).toBe(0);
});
