import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { findAbsentCollector, makeFolder } from './support/endings.js';
import { findFreePort } from './support/free-port.js';
import { findRepeated } from './support/log-lines.js';
import {
  countTold,
  findAdmin,
  findLossMs,
  findMissing,
  killWriter,
  listSegments,
  parseWritten,
  readWritten,
  startWriter,
  takeUp,
} from './support/log-writer.js';
import { scrapeUntil, select, sum } from './support/metrics.js';
import { startReceiver } from './support/otlp-receiver.js';

/** A record is on disk 100 ms after it was written; the rest is what a busy machine may delay a timer or a write. */
const BEHIND_MS = 250;

test('SIGKILL in the middle: all but the last 100 ms arrive after the next start, none twice', async () => {
  const spool = makeFolder();
  const app = startWriter(['steady', 'line', '100000'], { collector: await findAbsentCollector(), spool });
  await app.waitFor(/"line 1000"/);
  await killWriter(app);
  const written = readWritten(app);
  const { records } = await takeUp(await startReceiver(), spool);
  expect(findLossMs(written, records)).toBeLessThanOrEqual(BEHIND_MS);
  expect(findRepeated(records)).toEqual([]);
});

test('SIGKILL of a process that does nothing but log, so that no timer fires: the same', async () => {
  const spool = makeFolder();
  const file = path.join(makeFolder(), 'lines');
  const app = startWriter(['busy', 'line', '100000', file], { collector: await findAbsentCollector(), spool });
  await vi.waitUntil(() => existsSync(file) && readFileSync(file, 'utf8').includes('"line 1000"'), { timeout: 15_000 });
  await killWriter(app);
  const written = parseWritten(readFileSync(file, 'utf8'));
  const { records } = await takeUp(await startReceiver(), spool);
  expect(findLossMs(written, records)).toBeLessThanOrEqual(BEHIND_MS);
  expect(findRepeated(records)).toEqual([]);
});

test('a burst in one loop: all, once, and nothing is left in the spool', async () => {
  const spool = makeFolder();
  const receiver = await startReceiver();
  const app = startWriter(['burst', 'line', '20000'], { collector: receiver.url, spool });
  await receiver.waitFor((records) => records.length >= 20_000, 30_000);
  expect(findMissing(readWritten(app), receiver.records)).toEqual([]);
  expect(findRepeated(receiver.records)).toEqual([]);
  await vi.waitUntil(() => listSegments(spool).length === 0, { timeout: 5_000 });
  app.child.kill('SIGTERM');
  await app.exited;
  expect(readdirSync(spool)).toEqual([]);
});

test('a collector that comes later: all, once, with one line when it fails and one when it works', async () => {
  const port = await findFreePort();
  const app = startWriter(['steady', 'line', '2000'], { collector: `http://127.0.0.1:${port}` });
  await app.waitFor(/done/);
  const receiver = await startReceiver(port);
  await receiver.waitFor((records) => records.length >= 2_000, 30_000);
  expect(findMissing(readWritten(app), receiver.records)).toEqual([]);
  expect(findRepeated(receiver.records)).toEqual([]);
  await app.waitFor(/are sent to http:\S+ again, after \d+ s/);
  expect(countTold(app, /cannot be sent to http/)).toBe(1);
  expect(countTold(app, / again, after /)).toBe(1);
});

test('connections reset after the records were stored: all arrive, a repeated one with the same id', async () => {
  const receiver = await startReceiver();
  receiver.conduct = 'reset';
  const app = startWriter(['steady', 'line', '1000'], { collector: receiver.url });
  await app.waitFor(/done/);
  await vi.waitUntil(() => receiver.requests.length >= 3, { timeout: 15_000 });
  receiver.conduct = 'answer';
  await receiver.waitFor(
    (records) => records.length > 1_000 && findMissing(readWritten(app), records).length === 0,
    30_000,
  );
  const ids = new Map(receiver.records.map(({ body, attributes }) => [body, attributes['log.record.uid']]));
  expect(receiver.records.filter(({ body, attributes }) => ids.get(body) !== attributes['log.record.uid'])).toEqual([]);
  expect(new Set(ids.values()).size).toBe(1_000);
});

test.each([429, 503])('%i with Retry-After: nothing is sent before that time, then all, once', async (status) => {
  const receiver = await startReceiver();
  receiver.status = status;
  receiver.answerHeaders['retry-after'] = '3';
  const app = startWriter(['steady', 'line', '1000'], { collector: receiver.url });
  await vi.waitUntil(() => receiver.requests.length > 0, { timeout: 15_000 });
  receiver.status = 200;
  await receiver.waitFor((records) => records.length >= 1_000, 30_000);
  const [refused, next] = receiver.requests;
  expect((next?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThan(2_900);
  expect(findMissing(readWritten(app), receiver.records)).toEqual([]);
  expect(findRepeated(receiver.records)).toEqual([]);
});

test('a collector that hangs is given up after the timeout and tried again: all, once', async () => {
  const receiver = await startReceiver();
  receiver.conduct = 'hang';
  const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '300' };
  const app = startWriter(['steady', 'line', '500'], { collector: receiver.url, env });
  await app.waitFor(/no answer within 300 ms/);
  receiver.conduct = 'answer';
  await receiver.waitFor((records) => records.length >= 500, 30_000);
  expect(findMissing(readWritten(app), receiver.records)).toEqual([]);
  expect(findRepeated(receiver.records)).toEqual([]);
});

test('two cluster workers, one killed: the other sends what it left', async () => {
  const spool = makeFolder();
  const receiver = await startReceiver();
  receiver.status = 503;
  const app = startWriter(['cluster'], { collector: receiver.url, spool });
  const [, pid = ''] = await app.waitFor(/worker a is (\d+)/);
  await app.waitFor(/"a 200"/);
  await app.waitFor(/"b 200"/);
  process.kill(Number(pid), 'SIGKILL');
  await app.waitFor(/worker 1 ended/);
  receiver.status = 200;
  const written = readWritten(app).filter(({ message }) => message.startsWith('a '));
  await receiver.waitFor((records) => records.some(({ body }) => body === 'a 150'), 30_000);
  expect(findLossMs(written, receiver.records)).toBeLessThanOrEqual(BEHIND_MS);
  const ofOther = readWritten(app).filter(({ message }) => message.startsWith('b '));
  await receiver.waitFor((records) => findMissing(ofOther, records).length === 0, 30_000);
  expect(findRepeated(receiver.records)).toEqual([]);
});

test('beyond the bounds what is below WARNING is given up and counted; every warning arrives', async () => {
  const receiver = await startReceiver();
  receiver.status = 503;
  const env = { BARBOSSA_LOG_MEMORY_BYTES: '1048576', BARBOSSA_LOG_SPOOL_BYTES: '2097152' };
  const app = startWriter(['bulky', 'line', '3000'], { collector: receiver.url, env });
  const admin = await findAdmin(app);
  await app.waitFor(/done/);
  receiver.status = 200;
  const written = readWritten(app);
  await receiver.waitFor((records) => findMissing(written.filter(isWarning), records).length === 0, 30_000);
  const samples = await scrapeUntil(
    admin,
    (all) => sum(all, 'barbossa_logs_dropped_total') + receiver.records.length === 3_000,
    20_000,
  );
  expect(sum(samples, 'barbossa_logs_dropped_total', { reason: 'buffer_full' })).toBeGreaterThan(1_000);
  expect(select(samples, 'barbossa_logs_dropped_total').filter(({ value }) => value > 0)).toHaveLength(1);
  expect(findRepeated(receiver.records)).toEqual([]);
});

function isWarning({ message }: { readonly message: string }): boolean {
  return message.endsWith('0');
}
