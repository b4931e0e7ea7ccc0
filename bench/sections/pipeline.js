/** What the collector costs a record, and how fast records become searchable: the real collector and Elasticsearch. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { countSearchable, prepareStockIndices, stockIndex } from '../faults/store.js';
import { startCollector } from '../../scripts/stack/collector.js';
import { startReadyElasticsearch } from '../../scripts/stack/setup-elasticsearch.js';

const STOCK_CONFIG = fileURLToPath(new URL('../faults/stock-collector.yaml', import.meta.url));
/** As many as an application sends at once. */
export const RECORDS_A_REQUEST = 1_024;
/** What a refused request waits for before it comes again. */
const PAUSE_MS = 100;
const POLL_MS = 100;
const DEADLINE_MS = 180_000;
/** USER_HZ, in which Linux tells the CPU time of a process. */
const TICKS_A_SECOND = 100;

export const PIPELINES = [
  { id: 'stock', title: "the collector with its exporter's defaults", configs: [STOCK_CONFIG] },
  { id: 'ours', title: 'otel-collector/gateway.yaml', configs: ['gateway.yaml'] },
];

/** Starts Elasticsearch, with its set-up done. */
export async function startStore() {
  const elasticsearch = await startReadyElasticsearch();
  await prepareStockIndices(elasticsearch);
  return elasticsearch;
}

/**
 * One run of one collector: sends `records` as fast as it takes them, and waits until a search finds them all.
 * @returns CPU us a record, its largest resident memory, records a second taken and searchable, and how many were found.
 */
export async function runPipeline({ id, configs }, { elasticsearch, records, run }) {
  const name = `bench-${run}-${id}-${randomUUID().slice(0, 8)}`;
  const env = { FAULTS_STOCK_INDEX: stockIndex(`${name}-stock`) };
  const collector = await startCollector({ configs, elasticsearch: elasticsearch.writer, env });
  try {
    const idle = readCpuMicros(collector.pid);
    const startMs = performance.now();
    for (let sent = 0; sent < records; sent += RECORDS_A_REQUEST) {
      await send(collector.url, makeRequest(name, sent, Math.min(RECORDS_A_REQUEST, records - sent)));
    }
    const takenMs = performance.now() - startMs;
    const { found, atMs } = await waitForAll(elasticsearch, { id, name, records });
    return {
      cpuMicros: (readCpuMicros(collector.pid) - idle) / records,
      peakBytes: readPeakBytes(collector.pid),
      takenRate: (records / takenMs) * 1_000,
      searchableRate: (found / (atMs - startMs)) * 1_000,
      sent: records,
      delivered: found,
    };
  } finally {
    await collector.stop();
  }
}

async function waitForAll(elasticsearch, { id, name, records }) {
  const deadlineMs = performance.now() + DEADLINE_MS;
  let found = 0;
  let atMs = performance.now();
  // What does not come for a while does not come: the stock exporter drops what it was refused twice.
  while (found < records && performance.now() < deadlineMs && performance.now() - atMs < DEADLINE_MS / 6) {
    const run = id === 'ours' ? name : `${name}-stock`;
    const count = await countSearchable(elasticsearch, id, run).catch(() => 0);
    if (count > found) {
      found = count;
      atMs = performance.now();
    }
    await sleep(POLL_MS);
  }
  return { found, atMs };
}

/** Until it is taken. */
async function send(url, body) {
  for (;;) {
    const headers = { 'content-type': 'application/json' };
    const { ok, status } = await fetch(`${url}/v1/logs`, { method: 'POST', headers, body });
    if (ok) return;
    if (status !== 503 && status !== 429) throw new Error(`the collector answered ${status}`);
    await sleep(PAUSE_MS);
  }
}

/** A line of a request, as the application sends it. */
function makeRequest(name, first, count) {
  const time = `${Date.now()}000000`;
  const text = (key, stringValue) => ({ key, value: { stringValue } });
  const logRecords = Array.from({ length: count }, (_, index) => ({
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: 'track served' },
    attributes: [
      text('log.record.uid', `${name}-${first + index}`),
      text('request_id', 'e2837b19-ebe3-4518-8dbd-3bb6ff5659d4'),
      {
        key: 'extras',
        value: { kvlistValue: { values: [text('trackId', String(first + index)), text('method', 'GET')] } },
      },
    ],
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    flags: 1,
  }));
  const resource = { attributes: [text('service.name', 'barbossa')] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name }, logRecords }] }] });
}

/** User and system time of a process. */
function readCpuMicros(pid) {
  // The name of the program, in parentheses, may have spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS_A_SECOND;
}

function readPeakBytes(pid) {
  const [, kib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1_024;
}
