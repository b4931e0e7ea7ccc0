import { expect, test, vi } from 'vitest';
import { findAbsentCollector, makeFolder } from './support/endings.js';
import { findRepeated } from './support/log-lines.js';
import {
  countTold,
  findAdmin,
  findMissing,
  killWriter,
  listSegments,
  readWritten,
  startWriter,
  takeUp,
} from './support/log-writer.js';
import { scrapeUntil, sum } from './support/metrics.js';
import { startReceiver, type Fault, type OtlpReceiver } from './support/otlp-receiver.js';

const LINES = 10_000;
const POISON = 'line 500';
/** So that a request without an answer is given up within the test. */
const FAST = { OTEL_EXPORTER_OTLP_TIMEOUT: '1000', OTEL_BLRP_SCHEDULE_DELAY: '200' };

async function startPoisoned(faults: Readonly<Record<string, Fault>>): Promise<OtlpReceiver> {
  const receiver = await startReceiver();
  receiver.faultOf = (bodies) => bodies.map((body) => faults[String(body)]).find((fault) => fault !== undefined);
  return receiver;
}

test.each<Fault>([500, 502, 503, 504, 'reset', 'hang', 'cut'])(
  '2,000 lines a second and one error at which the server fails (%s): the rest arrives meanwhile, once',
  async (fault) => {
    const receiver = await startPoisoned({ [POISON]: fault });
    receiver.answerHeaders['retry-after'] = '600';
    const app = startWriter(['errors', 'line', String(LINES)], { collector: receiver.url, env: FAST });
    await app.waitFor(/done/, 40_000);
    expect(receiver.records.length).toBeGreaterThan(LINES * 0.9);
    await receiver.waitFor(({ length }) => length >= LINES - 1, 15_000);
    const written = readWritten(app);
    expect(findMissing(written, receiver.records).map(({ message }) => message)).toEqual([POISON]);
    expect(findRepeated(receiver.records)).toEqual([]);
  },
);

test('one that stands alone is set aside: counted, told once, kept in the spool, and tried at the next start', async () => {
  const spool = makeFolder();
  const receiver = await startPoisoned({ [POISON]: 'reset' });
  const app = startWriter(['errors', 'line', '40000'], { collector: receiver.url, spool, env: FAST });
  await app.waitFor(/a log record is set aside/, 40_000);
  const admin = await findAdmin(app);
  await scrapeUntil(admin, (samples) => sum(samples, 'barbossa_logs_set_aside') === 1);
  expect(countTold(app, /set aside/)).toBe(1);
  expect(countTold(app, /set aside.*ECONNRESET.*line 500/)).toBe(1);
  expect(listSegments(spool).filter((name) => name.endsWith('-aside.otlp'))).toHaveLength(1);
  app.child.kill('SIGTERM');
  await app.exited;
  receiver.faultOf = () => undefined;
  receiver.records.splice(0);
  const { records } = await takeUp(receiver, spool);
  expect(records.map(({ body }) => body)).toContain(POISON);
  expect(findRepeated(records)).toEqual([]);
});

test('several poisons in what a killed process has left', async () => {
  const spool = makeFolder();
  const app = startWriter(['errors', 'line', '5000'], { collector: await findAbsentCollector(), spool });
  await app.waitFor(/done/, 20_000);
  await vi.waitUntil(() => listSegments(spool).length > 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await killWriter(app);
  const poisons = ['line 0', 'line 500', 'line 1500', 'line 2222', 'line 2223', 'line 4999'];
  const receiver = await startPoisoned(Object.fromEntries(poisons.map((line) => [line, 500])));
  const next = startWriter(['steady', 'next', '20000'], { collector: receiver.url, spool, env: FAST });
  const isOld = ({ body }: { readonly body: unknown }): boolean => String(body).startsWith('line ');
  await receiver.waitFor((records) => records.filter(isOld).length >= 5_000 - poisons.length, 40_000);
  const old = receiver.records.filter(isOld);
  expect(findMissing(readWritten(app), old).map(({ message }) => message)).toEqual(poisons);
  expect(findRepeated(old)).toEqual([]);
  next.child.kill('SIGKILL');
});
