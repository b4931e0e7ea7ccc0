/** What a log line costs: the call, the CPU including its delivery, and a call that the level filters out. */
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { BENCH_DIR, startChild } from '../children.js';
import { poll, settle } from '../processes/start.js';
import { median } from '../statistics.js';
import { PACING } from '../variants.js';
import { checkDelivery, checkPrintedLines } from './checks.js';

const DISABLED_CALLS = 100_000;
const CHECKED_LINES = 200;
const RUN_DEADLINE_MS = 60_000;

const start = (variant, place, stdout) =>
  startChild({
    file: `${BENCH_DIR}log-lines/measure.js`,
    args: [variant.file],
    nodeArgs: variant.nodeArgs,
    env: variant.env(place),
    node: place.node,
    stdout,
  });

/** Throws unless the variant prints each enabled line once and no disabled one. */
export async function checkLogger(variant, { place }) {
  const child = start(variant, place, 'pipe');
  try {
    await child.next('ready');
    await child.ask({ lines: CHECKED_LINES, disabledCalls: 1 }, RUN_DEADLINE_MS);
    if (variant.logFile !== undefined) await readLogFile(variant.logFile(place));
  } finally {
    await child.kill();
  }
  const printed = variant.logFile === undefined ? child.stdout() : readFileSync(variant.logFile(place), 'utf8');
  checkPrintedLines(variant.title, printed, variant.silent ? 0 : CHECKED_LINES);
}

/** Waits until all lines are there: winston's File transport writes them when it gets to it. */
function readLogFile(file) {
  const isComplete = () => readFileSync(file, 'utf8').split('\n').length > CHECKED_LINES || undefined;
  return poll(isComplete, `the last line in ${file}`);
}

/** One run of one variant: CPU us a line with its delivery (and the pacing), the call in us, a disabled call in us. */
export async function runLogger(variant, { sink, place, options }) {
  // A file as well, so that what writes to stdout has the same to do as what writes to its own file.
  const printed = `${place.scratch}/${place.run}.out`;
  const stdout = openSync(printed, 'w');
  const child = start(variant, place, stdout);
  try {
    await child.next('ready');
    const { lines, warmUpLines } = options;
    await child.ask({ lines: warmUpLines, disabledCalls: DISABLED_CALLS / 10 }, RUN_DEADLINE_MS);
    await settle(sink, place.run, { expected: variant.logs ? warmUpLines : 0, idleMs: 200 });
    const before = await child.ask();
    const written = await child.ask({ lines }, RUN_DEADLINE_MS);
    const sent = warmUpLines + lines;
    const delivered = await settle(sink, place.run, { expected: variant.logs ? sent : 0, idleMs: 200 });
    const settled = await child.ask();
    const fail = (what) => {
      throw new Error(`${variant.title}: ${what}\n${child.stderr()}`);
    };
    checkDelivery(fail, variant, sent, delivered);
    const disabled = await child.ask({ disabledCalls: DISABLED_CALLS }, RUN_DEADLINE_MS);
    return {
      cpuMicros: (settled.cpuMicros - before.cpuMicros) / lines,
      callMicros: median(written.callNs) / 1_000,
      disabledMicros: median(disabled.disabledNs) / 1_000,
      sent,
      delivered: variant.logs ? delivered.logs : undefined,
    };
  } finally {
    await child.kill();
    closeSync(stdout);
    rmSync(printed);
  }
}

/** The results less the CPU of the pacing in the same round, without which every ratio would come out too near to 1. */
export function subtractPacing({ [PACING]: pacing, ...results }) {
  const net = (rounds) =>
    rounds.map((round, index) => ({ ...round, cpuMicros: round.cpuMicros - pacing[index].cpuMicros }));
  return Object.fromEntries(Object.entries(results).map(([id, rounds]) => [id, net(rounds)]));
}
