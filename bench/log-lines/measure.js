/**
 * Writes log lines at a steady rate and tells what they took. Paced, so that a batch processor can keep up: a queue
 * that overflows is cheap, and would make the loser of the comparison the one that delivers.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const LINES_A_TICK = 100;
const TICK_MS = 10;
const DISABLED_CALLS_A_CHUNK = 10_000;

const { writeDisabled, writeEnabled } = await import(process.argv[2]);

process.on('message', async ({ id, lines = 0, disabledCalls = 0 }) => {
  const callNs = await writePaced(lines);
  const disabledNs = timeDisabled(disabledCalls);
  const { user, system } = process.cpuUsage();
  process.send({ kind: 'answer', id, cpuMicros: user + system, callNs, disabledNs });
});
process.on('disconnect', () => process.exit(0));
process.send({ kind: 'ready' });

/** The wall time of a call in ns, one figure for each tick. */
async function writePaced(lines) {
  const perCallNs = [];
  for (let written = 0; written < lines;) {
    const count = Math.min(LINES_A_TICK, lines - written);
    const startNs = process.hrtime.bigint();
    for (let i = 0; i < count; i++) writeEnabled(String(written + i));
    perCallNs.push(Number(process.hrtime.bigint() - startNs) / count);
    written += count;
    await sleep(TICK_MS);
  }
  return perCallNs;
}

/** The CPU time of a call that the level filters out in ns, one figure for each chunk. */
function timeDisabled(calls) {
  const perCallNs = [];
  for (let done = 0; done < calls; done += DISABLED_CALLS_A_CHUNK) {
    const before = process.cpuUsage();
    for (let i = 0; i < DISABLED_CALLS_A_CHUNK; i++) writeDisabled('7');
    const { user, system } = process.cpuUsage(before);
    perCallNs.push(((user + system) * 1_000) / DISABLED_CALLS_A_CHUNK);
  }
  return perCallNs;
}
