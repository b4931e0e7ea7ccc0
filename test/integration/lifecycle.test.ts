import { expect, test, vi } from 'vitest';
import {
  findAbsentCollector,
  makeFolder,
  receiveAfterRestart,
  runEnding,
  startHangingCollector,
  type Ending,
} from './support/endings.js';
import { startApp } from './support/app-process.js';
import { dropRepeated } from './support/log-lines.js';
import { startReceiver, type ReceivedRecord } from './support/otlp-receiver.js';

/** What a signal may take longer than without us. */
const SIGNAL_MS = 2_000;
/** A process that has nothing more to do waits half a second for a collector that hangs. */
const END_MS = 1_000;
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n}`);

interface Way {
  readonly signals?: readonly NodeJS.Signals[];
  readonly answered?: boolean;
  /** Bodies of its records, without what follows a second space. */
  readonly lines: readonly string[];
}

const WAYS: Readonly<Record<string, Way>> = {
  natural: { lines: ['line 1', 'line 2', 'line 3'] },
  silent: { lines: [] },
  exit: { lines: numbered(200) },
  file: { lines: numbered(300) },
  atexit: { lines: ['line 1', 'exit with'] },
  throws: { lines: ['line 1', 'fatal: thrown'] },
  throwsAtOnce: { lines: ['line 1', 'fatal: thrown'] },
  rejects: { lines: ['line 1', 'fatal: rejected'] },
  catches: { lines: ['caught thrown'] },
  winstonCatches: { lines: ['uncaughtException: thrown'] },
  beforeExit: { lines: ['line 1', 'summary 1'] },
  goesOn: { lines: ['line 1', ...[4, 5].map((left) => `summary ${left}`)] },
  emits: { lines: ['line 1', 'goes on'] },
  winstonGoesOn: { lines: ['unhandledRejection: rejected', 'goes on'] },
};

const SIGNALED: Readonly<Record<string, Way & { readonly signals: readonly NodeJS.Signals[] }>> = {
  'waits, SIGTERM': { signals: ['SIGTERM'], lines: ['waiting'] },
  'waits, SIGINT': { signals: ['SIGINT'], lines: ['waiting'] },
  'waits, SIGHUP': { signals: ['SIGHUP'], lines: ['waiting'] },
  'waits, SIGQUIT': { signals: ['SIGQUIT'], lines: ['waiting'] },
  'waits, SIGUSR2': { signals: ['SIGUSR2'], lines: ['waiting'] },
  'handles, SIGTERM': { signals: ['SIGTERM'], lines: ['waiting', 'handled SIGTERM'] },
  'handles, SIGINT': { signals: ['SIGINT'], lines: ['waiting', 'handled SIGINT'] },
  'handles, SIGUSR2': { signals: ['SIGUSR2'], lines: ['waiting'] },
  'drains, SIGTERM': { signals: ['SIGTERM'], lines: ['waiting', 'draining after', 'drained'] },
  'stops, SIGINT': { signals: ['SIGINT'], lines: ['waiting', 'stopping'] },
  'handlesOnceFirst, SIGTERM': { signals: ['SIGTERM'], lines: ['waiting', 'handled first'] },
  'countsAndKills, SIGTERM': { signals: ['SIGTERM'], lines: ['waiting', 'handled once'] },
  'countsAndKillsLater, SIGINT': { signals: ['SIGINT'], lines: ['waiting', 'handled once', 'handled all'] },
  'handlesEach, SIGTERM': { signals: ['SIGTERM', 'SIGTERM', 'SIGTERM'], answered: true, lines: ['waiting'] },
  'handlesOnce, SIGTERM twice': { signals: ['SIGTERM', 'SIGTERM'], answered: true, lines: ['waiting', 'handled once'] },
};

function readLines(records: readonly ReceivedRecord[]): string[] {
  // What is thrown while the main script is loaded has one name or the other, as Node's version will have it.
  const texts = records.map(({ body }) =>
    String(body).replace(/^(?:uncaught exception|unhandled rejection): /, 'fatal: '),
  );
  return texts.map((text) => /^\S+(?: \S+)?/.exec(text)?.[0] ?? '').toSorted();
}

/** Without what two runs of one program differ in: time, memory, process id, and Node's own frames of a stack. */
function settle(text: string): string {
  return text
    .replace(
      /"date":"[^"]*"|"(?:loadavg|uptime|pid|heapUsed|heapTotal|external|rss|arrayBuffers)":(?:\[.*?\]|[\d.]+)/g,
      '',
    )
    .replace(/^(?: +at .*| *\^)\n/gm, '')
    .replace(/barbossa-test-ending-\w+/g, '');
}

function expectSameEnding(ending: Ending, plain: Ending): void {
  expect(ending.exit).toEqual(plain.exit);
  expect(settle(ending.stdout)).toBe(settle(plain.stdout));
  expect(settle(ending.stderr)).toBe(settle(plain.stderr));
}

/** A busy machine holds a process up now and then, but hardly three times one after the other. */
async function expectWithin(boundMs: number, tookMs: number, runAgain: () => Promise<Ending>): Promise<void> {
  let leastMs = tookMs;
  for (let tries = 1; tries < 3 && leastMs >= boundMs; tries++) leastMs = Math.min(leastMs, (await runAgain()).tookMs);
  expect(leastMs).toBeLessThan(boundMs);
}

/** Runs it with a collector that works, one that is not there and one that hangs, and without us. */
async function expectUnchanged(
  how: string,
  { signals = [], answered = false, lines }: Way,
  boundMs: number,
): Promise<void> {
  const receiver = await startReceiver();
  const spools = [makeFolder(), makeFolder(), makeFolder()];
  const collectors = [receiver.url, await findAbsentCollector(), await startHangingCollector()];
  const [plain, ...endings] = await Promise.all([
    runEnding(how, { signals, answered }),
    ...collectors.map((collector, index) =>
      runEnding(how, { signals, answered, collector, spool: spools[index] ?? '' }),
    ),
  ]);
  for (const [index, ending] of endings.entries()) {
    expectSameEnding(ending, plain);
    await expectWithin(plain.tookMs + boundMs, ending.tookMs, async () => {
      const collector = index === 0 ? (await startReceiver()).url : (collectors[index] ?? '');
      return runEnding(how, { signals, answered, collector, spool: makeFolder() });
    });
  }
  const arrived = await Promise.all(
    spools.map(async (spool, index) => {
      const before = index === 0 ? receiver.records : [];
      // One line more is that of the restarted application.
      const { records } = await receiveAfterRestart(
        spool,
        (later) => dropRepeated([...before, ...later.records]).length > lines.length,
      );
      return [...before, ...records];
    }),
  );
  for (const [index, records] of arrived.entries()) {
    const once = dropRepeated(records);
    expect(readLines(once), ['works', 'is absent', 'hangs'][index]).toEqual([...lines, 'waiting'].toSorted());
    // A process may end between the collector's storing and its answer: then a record comes again, with its id.
    if (index > 0) expect(records).toHaveLength(once.length);
  }
}

test.each(Object.keys(WAYS))(
  '%s: ends as without us, and every line arrives once, now or after the next start',
  (how) => expectUnchanged(how, WAYS[how] ?? { lines: [] }, END_MS),
);

test.each(Object.keys(SIGNALED))('%s: the same by signal', (name) => {
  const [how = ''] = name.split(',');
  return expectUnchanged(how, SIGNALED[name] ?? { lines: [] }, SIGNAL_MS);
});

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGINT'],
] as const)('%s and %s in a row end a waiting application at once', async (first, second) => {
  const spool = makeFolder();
  const collector = await startHangingCollector();
  const run = (folder: string): Promise<Ending> =>
    runEnding('waits', { signals: [first, second], collector, spool: folder });
  const { exit, tookMs } = await run(spool);
  expect(exit).toEqual({ code: null, signal: second });
  // One signal alone would wait a second and a half for this collector.
  await expectWithin(1_000, tookMs, () => run(makeFolder()));
  const { records } = await receiveAfterRestart(spool, (receiver) => receiver.records.length > 1);
  expect(readLines(records)).toEqual(['waiting', 'waiting']);
});

test('a process that never logged does not wait for the collector', async () => {
  const collector = await startHangingCollector();
  const plain = await runEnding('silent', {});
  const run = (): Promise<Ending> => runEnding('silent', { collector, spool: makeFolder() });
  const ending = await run();
  expectSameEnding(ending, plain);
  await expectWithin(plain.tookMs + 400, ending.tookMs, run);
});

test('without a spool what cannot be sent is told in one line', async () => {
  const receiver = await startReceiver();
  const [lost, sent] = await Promise.all([
    runEnding('natural', { collector: await startHangingCollector(), spool: 'off' }),
    runEnding('natural', { collector: receiver.url, spool: 'off' }),
  ]);
  expect([lost.exit, sent.exit]).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
  expect(readLines(receiver.records)).toEqual(['line 1', 'line 2', 'line 3']);
  expect(lost.told.filter((line) => line.includes('3 log record(s) are lost'))).toHaveLength(1);
  expect(sent.told.filter((line) => line.includes('lost'))).toEqual([]);
});

test.each(['at its start', 'later'])('a stderr without a reader ends no application: %s', async (when) => {
  const receiver = await startReceiver();
  receiver.status = 503;
  const app = startApp('endings.cjs', {
    args: ['handles'],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, BARBOSSA_LOG_SPOOL_DIR: makeFolder() },
  });
  if (when === 'later') await app.waitFor(/ready/);
  app.child.stderr?.destroy();
  await app.waitFor(/ready/);
  // Two lines at least: it has started, and the collector refuses.
  await vi.waitUntil(() => receiver.requests.length > 2, { timeout: 15_000 });
  app.child.kill('SIGTERM');
  await app.waitFor(/handled SIGTERM/);
});
