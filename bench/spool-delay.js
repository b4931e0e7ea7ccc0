/**
 * `node bench/spool-delay.js [BATCHES]`: what BARBOSSA_LOG_SPOOL_DELAY=0, a write for each turn of the event loop, costs beside
 * 75 ms, in CPU time with the delivery. Two processes live side by side and work by turns, a batch at a time: what disturbs the
 * machine for longer than a batch is in both. 75 beside 75 shows what is left of it. Needs a build and the bench's packages
 * (`npm run bench -- --quick --only logs` installs them).
 */
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BENCH_DIR, endAllChildren, startChild } from './children.js';
import { startLoad, startSink } from './processes/start.js';
import { median, summarizeRatios } from './statistics.js';
import { APPLICATIONS, LOGGERS, OURS } from './variants.js';

const PAIRS = [
  [0, 75],
  [5, 75],
  [75, 75],
];
const WARM_UP = 6_000;
const BATCH = 2_000;
/** A batch of records is on its way within 200 ms. */
const DELIVERED_MS = 350;

const batches = Number(process.argv[2] ?? 30);
const scratch = mkdtempSync(join(tmpdir(), 'barbossa-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const sink = await startSink();
const load = await startLoad();

const find = (variants) => variants.find(({ id }) => id === OURS);
const makeEnv = (variant, name, delay) => ({
  ...variant.env({ sinkUrl: sink.url, run: name, scratch }),
  BARBOSSA_LOG_SPOOL_DELAY: String(delay),
});

async function startServer(name, delay) {
  const variant = find(APPLICATIONS);
  const child = startChild({ file: variant.file, nodeArgs: variant.nodeArgs, env: makeEnv(variant, name, delay) });
  const { port } = await child.next('listening');
  return { child, work: (requests) => load.send(port, requests) };
}

async function startLogger(name, delay) {
  const variant = find(LOGGERS);
  const file = `${BENCH_DIR}log-lines/measure.js`;
  const env = makeEnv(variant, name, delay);
  const stdout = openSync(`${scratch}/${name}.out`, 'w');
  const child = startChild({ file, args: [variant.file], nodeArgs: variant.nodeArgs, env, stdout });
  await child.next('ready');
  return { child, work: (lines) => child.ask({ lines }, 60_000) };
}

async function runBatch({ child, work }) {
  const before = await child.ask();
  await work(BATCH);
  await sleep(DELIVERED_MS);
  const after = await child.ask();
  return (after.cpuMicros - before.cpuMicros) / BATCH;
}

async function compare(what, start, delays) {
  const sides = [];
  for (const [index, delay] of delays.entries()) sides.push(await start(`${start.name}-${delays[0]}-${index}`, delay));
  for (const { work } of sides) await work(WARM_UP);
  const micros = sides.map(() => []);
  for (let batch = 0; batch < batches; batch++) {
    const order = batch % 2 === 0 ? [0, 1] : [1, 0];
    for (const side of order) micros[side].push(await runBatch(sides[side]));
  }
  for (const { child } of sides) await child.kill();
  const ratios = summarizeRatios(...micros);
  const print = (ratio) => ((ratio - 1) * 100).toFixed(1);
  const [one, other] = micros.map((values) => median(values).toFixed(1));
  process.stdout.write(
    `${what}: ${one} µs with ${delays[0]}, ${other} µs with ${delays[1]}; by pairs ${print(ratios.median)} % more (95 %: ${print(ratios.low)} to ${print(ratios.high)})\n`,
  );
}

for (const delays of PAIRS) await compare('a request', startServer, delays);
for (const delays of PAIRS) await compare('a line, 100 in a turn', startLogger, delays);
endAllChildren();
process.exit();
