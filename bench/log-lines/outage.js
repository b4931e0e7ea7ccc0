/** Writes winston lines at a steady rate for as long as it is told to, and tells what it holds meanwhile. */
import { writeEnabled } from './winston.js';

const TICK_MS = 10;
const LINES_A_SECOND = 1_000;

let written = 0;
let timer;

/** By the clock and not by the tick: timers come late on a busy machine. */
function start() {
  const sinceMs = performance.now();
  const before = written;
  timer = setInterval(() => {
    const due = before + Math.floor(((performance.now() - sinceMs) / 1_000) * LINES_A_SECOND);
    while (written < due) writeEnabled(String(written++));
  }, TICK_MS);
}

process.on('message', ({ id, write }) => {
  if (write === true) start();
  if (write === false) clearInterval(timer);
  // What is alive, not what waits to be collected.
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ kind: 'answer', id, written, heapBytes: heapUsed + external, rssBytes: rss });
});
process.on('disconnect', () => process.exit(0));
process.send({ kind: 'ready' });
