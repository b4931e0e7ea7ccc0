import { setTimeout as sleep } from 'node:timers/promises';
import { BENCH_DIR, startChild } from '../children.js';

const SETTLE_DEADLINE_MS = 15_000;
const POLL_MS = 100;

/** Starts the OTLP sink: its `url`, and `counts(run)` of what has come from a run. */
export async function startSink(wantedPort = 0) {
  const child = startChild({ file: `${BENCH_DIR}processes/otlp-sink.js`, args: [String(wantedPort)] });
  const { port } = await child.next('listening');
  return { url: `http://127.0.0.1:${port}`, port, counts: (run) => child.ask({ run }), kill: child.kill };
}

/** Starts the load generator: `send(port, requests)` resolves when all were answered, and rightly. */
export async function startLoad() {
  const child = startChild({ file: `${BENCH_DIR}processes/load.js` });
  await child.next('ready');
  return {
    async send(port, requests) {
      const { answered, error } = await child.ask({ port, requests }, 120_000);
      if (error !== undefined) throw new Error(error);
      if (answered !== requests) throw new Error(`${answered} of ${requests} requests were answered`);
    },
    kill: child.kill,
  };
}

/**
 * Waits at least `idleMs`, and then until the sink has `expected` log records or none has come for `quietMs`, which
 * is longer than any batch delay here, on a busy machine too.
 */
export async function settle(sink, run, { expected, idleMs, quietMs = 3_000 }) {
  await sleep(idleMs);
  const deadline = Date.now() + SETTLE_DEADLINE_MS;
  let counts = await sink.counts(run);
  let changedAt = Date.now() - idleMs;
  while (counts.logs < expected && Date.now() - changedAt < quietMs && Date.now() < deadline) {
    await sleep(POLL_MS);
    const now = await sink.counts(run);
    if (now.logs !== counts.logs) changedAt = Date.now();
    counts = now;
  }
  return counts;
}

/** Where a child serves /metrics: it says so on stderr, where the sink's address is too. */
export function findAddress(child, sinkPort) {
  return poll(() => {
    const ports = [...child.stderr().matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
    const port = ports.find((candidate) => candidate !== sinkPort);
    return port === undefined ? undefined : `http://127.0.0.1:${port}/metrics`;
  }, `the address of /metrics on stderr\n${child.stderr()}`);
}

/** Polls until `probe` gives something. */
export async function poll(probe, what, deadlineMs = 10_000) {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${deadlineMs} ms`);
    await sleep(20);
  }
}
