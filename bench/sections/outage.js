/** Memory while no collector is there: 1,000 lines a second for as long as wanted, then the collector comes back. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BENCH_DIR, startChild } from '../children.js';
import { findAddress, startSink } from '../processes/start.js';
import { countSeries } from './checks.js';

/** The default of BARBOSSA_LOG_MEMORY_BYTES, told to the child so that the report says what was in force. */
export const MEMORY_BYTES = 16 * 2 ** 20;
/** The default of BARBOSSA_LOG_SPOOL_BYTES. */
export const SPOOL_BYTES = 64 * 2 ** 20;

const WARM_UP_MS = 5_000;
const DELIVERY_DEADLINE_MS = 120_000;
/** What the strings' headers, the segments and the code compiled meanwhile take beside the records' bytes. */
const HEAP_ALLOWANCE_BYTES = 8 * 2 ** 20;

/**
 * One outage of `minutes`, measured `samples` times.
 * @returns the rows of the table, and what became of the records: `written`, `dropped`, `delivered`.
 */
export async function runOutage({ minutes, samples = 10, scratch, say }) {
  const spoolDir = join(scratch, 'outage');
  const before = await startSink();
  const child = startOutageChild(before.url, spoolDir);
  try {
    await child.next('ready');
    await child.ask({ write: true });
    await sleep(WARM_UP_MS);
    const start = await child.ask();
    const early = await before.counts('outage');
    await before.kill();
    const rows = [];
    for (let i = 1; i <= samples; i++) {
      await sleep((minutes * 60_000) / samples);
      const now = await child.ask();
      rows.push({
        minute: (minutes * i) / samples,
        heapGrowthBytes: now.heapBytes - start.heapBytes,
        rssBytes: now.rssBytes,
        spoolBytes: sizeOf(spoolDir),
        dropped: await readDropped(child, before.port),
      });
      say(`outage ${i}/${samples}  heap +${(rows.at(-1).heapGrowthBytes / 1e6).toFixed(1)} MB`);
    }
    const { written } = await child.ask({ write: false });
    const dropped = await readDropped(child, before.port);
    const after = await startSink(before.port);
    const delivered = early.logs + (await countDelivered(after, written - dropped - early.logs));
    checkOutage({ rows, written, dropped, delivered, stderr: child.stderr() });
    return { rows, written, dropped, delivered };
  } finally {
    await child.kill();
  }
}

const startOutageChild = (sinkUrl, spoolDir) =>
  startChild({
    file: `${BENCH_DIR}log-lines/outage.js`,
    nodeArgs: ['--expose-gc', '--import', new URL('../../dist/register.js', import.meta.url).href],
    env: {
      OTEL_SERVICE_NAME: 'bench',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${sinkUrl}/outage/v1/logs`,
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      BARBOSSA_LOG_SPOOL_DIR: spoolDir,
      BARBOSSA_LOG_MEMORY_BYTES: String(MEMORY_BYTES),
      BARBOSSA_LOG_SPOOL_BYTES: String(SPOOL_BYTES),
    },
  });

function sizeOf(directory) {
  // A file may be gone between the two calls: it was delivered.
  const sizes = readdirSync(directory).map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size);
  return sizes.reduce((sum, size) => sum + (size ?? 0), 0);
}

async function readDropped(child, sinkPort) {
  const response = await fetch(await findAddress(child, sinkPort));
  return countSeries(await response.text(), { series: 'barbossa_logs_dropped_total', label: '' });
}

async function countDelivered(sink, expected) {
  const deadline = Date.now() + DELIVERY_DEADLINE_MS;
  let { logs } = await sink.counts('outage');
  while (logs < expected && Date.now() < deadline) {
    await sleep(250);
    ({ logs } = await sink.counts('outage'));
  }
  return logs;
}

/** Throws where memory was not bounded, or a record is neither delivered nor counted. */
function checkOutage({ rows, written, dropped, delivered, stderr }) {
  const growth = Math.max(...rows.map(({ heapGrowthBytes }) => heapGrowthBytes));
  if (growth > MEMORY_BYTES + HEAP_ALLOWANCE_BYTES) {
    throw new Error(
      `outage: the heap grew by ${growth} bytes, BARBOSSA_LOG_MEMORY_BYTES is ${MEMORY_BYTES}\n${stderr}`,
    );
  }
  if (delivered + dropped !== written) {
    throw new Error(
      `outage: ${written} lines were written, ${delivered} delivered and ${dropped} counted as dropped\n${stderr}`,
    );
  }
}
