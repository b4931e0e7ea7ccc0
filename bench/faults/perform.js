/** Runs one fault on both roads and says what became of each line. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Chain } from './chain.js';
import { Disk } from '../../scripts/stack/disk.js';
import { startAnswerLoser, startDisliker, startRefuser } from './proxies.js';
import { countSearchable, readStored } from './store.js';

const SHIFT_CLOCK = fileURLToPath(new URL('shift-clock.js', import.meta.url));
const DAY_MS = 86_400_000;
/** Where nothing more has arrived for so long, nothing more will: longest pause between two tries, twice. */
const QUIET_MS = { ours: 45_000, stock: 30_000 };
const POLL_MS = 200;
const MAX_SEARCH_P99_MS = 2_000;

/**
 * @typedef {object} Outcome
 * @property {'ours' | 'stock'} kind
 * @property {number} sent
 * @property {number} stored Different lines.
 * @property {number} duplicates
 * @property {number | undefined} searchableMs From the end of the load and the fault until all were found; undefined: never.
 * @property {number | undefined} searchP99Ms From being written to being found.
 * @property {number | undefined} p99Ms Of requests to the application.
 * @property {string[]} problems What was not as it must be.
 */

/**
 * @param {import('./scenarios.js').Scenario} scenario
 * @param {{ elasticsearch: object, kinds: ('ours' | 'stock')[], outageSeconds: number, tag: string }} options
 * @returns {Promise<Outcome[]>}
 */
export async function perform(scenario, { elasticsearch, kinds, outageSeconds, tag }) {
  if (!scenario.oneByOne) return performTogether(scenario, { elasticsearch, kinds, outageSeconds, tag });
  const outcomes = [];
  for (const kind of kinds) {
    outcomes.push(...(await performTogether(scenario, { elasticsearch, kinds: [kind], outageSeconds, tag })));
  }
  return outcomes;
}

async function performTogether(scenario, { elasticsearch, kinds, outageSeconds, tag }) {
  const refuser = scenario.proxy === 'bulk' ? await startRefuser(elasticsearch) : undefined;
  const chains = [];
  try {
    for (const kind of kinds) {
      const destination = { ...elasticsearch.writer, ...(refuser === undefined ? {} : { url: refuser.url }) };
      const disk = scenario.queueDiskBytes === undefined ? undefined : new Disk(scenario.queueDiskBytes);
      const chain = new Chain({
        kind,
        run: `${tag}-${scenario.id}-${kind}`,
        destination,
        disk,
        ...settingsOf(scenario),
      });
      chains.push(chain);
      await chain.prepare();
      if (!scenario.absent) await chain.startCollector();
    }
    const watches = scenario.watchesSearch ? chains.map((chain) => watchSearch(elasticsearch, chain)) : [];
    await Promise.all(chains.map(({ workload }) => workload.start(scenario.load)));
    const pause = (seconds) => sleep(seconds * 1_000);
    const context = { chains, elasticsearch, refuser, outageSeconds, pause };
    const [problems = []] = await Promise.all([
      scenario.act?.(context),
      ...chains.map(({ workload }) => workload.finished()),
    ]);
    for (const { workload } of chains) workload.stopPings();
    if (scenario.restarts) await Promise.all(chains.map(restart));
    const endMs = performance.now();
    const outcomes = await Promise.all(
      chains.map((chain, at) => judge({ scenario, elasticsearch, chain, endMs, watch: watches[at] })),
    );
    for (const { kind, problems: found } of outcomes) if (kind === 'ours') found.push(...problems);
    return outcomes;
  } finally {
    await Promise.all(chains.map((chain) => chain.end()));
    await refuser?.close();
    for (const { disk } of chains) disk?.unmount();
  }
}

function settingsOf({ appEnv, collectorEnv = {}, proxy, startsBeforeMidnightMs }) {
  return {
    appEnv,
    collectorEnv,
    ...(proxy === 'answers' ? { wire: startAnswerLoser } : {}),
    ...(proxy === 'dislikes' || proxy === 'resets'
      ? { wire: (url) => startDisliker(url, { resets: proxy === 'resets' }) }
      : {}),
    ...(startsBeforeMidnightMs === undefined
      ? {}
      : {
          preloads: [SHIFT_CLOCK],
          appEnv: { FAULTS_CLOCK_SHIFT_MS: String(-(Date.now() % DAY_MS) - startsBeforeMidnightMs) },
        }),
  };
}

async function restart({ workload }) {
  await workload.exited;
  await workload.start(['--idle']);
}

async function judge({ scenario, elasticsearch, chain, endMs, watch }) {
  const { kind, run, workload } = chain;
  const foundMs = await waitForAll(elasticsearch, chain);
  const searchLatenciesMs = (await watch?.stop()) ?? [];
  await workload.end();
  const rows = await readStored(elasticsearch, kind, run);
  const stored = new Set(rows.map(({ key }) => key));
  const missing = [...workload.keys()].filter((key) => !stored.has(key));
  const searchP99Ms = quantile(searchLatenciesMs, 0.99);
  const outcome = {
    kind,
    sent: Math.max(workload.sent, stored.size),
    stored: stored.size,
    duplicates: rows.length - stored.size,
    searchableMs: Math.max(0, foundMs - endMs),
    searchP99Ms,
    p99Ms: quantile(workload.latenciesMs, 0.99),
    problems: [],
  };
  const mustHave = findMustHave(scenario, workload, missing);
  if (mustHave.length > 0) {
    outcome.searchableMs = undefined;
    outcome.problems.push(`${mustHave.length} lines are missing, among them ${mustHave[0]}`);
  }
  if (outcome.duplicates > 0) outcome.problems.push(`${outcome.duplicates} lines are there twice`);
  if (scenario.startsBeforeMidnightMs !== undefined) outcome.problems.push(...findWrongDays(rows));
  if (searchP99Ms > MAX_SEARCH_P99_MS) outcome.problems.push(`found after ${Math.round(searchP99Ms)} ms (p99)`);
  return outcome;
}

/** When the last line came that ever comes: all that was sent, or all that a killed process left. */
async function waitForAll(elasticsearch, { kind, run, workload }) {
  let best = -1;
  let bestAtMs = performance.now();
  while (performance.now() - bestAtMs < QUIET_MS[kind]) {
    const count = await countSearchable(elasticsearch, kind, run).catch(() => 0);
    if (count > best) {
      best = count;
      bestAtMs = performance.now();
    }
    if (count >= workload.sent) break;
    await sleep(POLL_MS);
  }
  return bestAtMs;
}

/** Missing lines, but for those that a killed process had written within its last moments. */
function findMustHave({ mayLoseLastMs }, { history, exitedAtMs }, missing) {
  if (mayLoseLastMs === undefined) return missing;
  const lastMs = new Map();
  for (const { lane, atMs } of history) lastMs.set(lane, Math.max(lastMs.get(lane) ?? 0, atMs));
  const safe = new Map();
  for (const { lane, number, atMs } of history) {
    const killedAtMs = Math.min(lastMs.get(lane) ?? Infinity, exitedAtMs ?? Infinity);
    if (atMs < killedAtMs - mayLoseLastMs) safe.set(lane, number);
  }
  return missing.filter((key) => {
    const [lane, number] = key.split('-');
    return Number(number) <= (safe.get(lane) ?? -1);
  });
}

/** @param {{ index: string, timestamp: string }[]} rows */
function findWrongDays(rows) {
  const days = new Set(rows.map(({ index }) => index));
  const wrong = rows.filter(
    ({ index, timestamp }) => index !== `barbossa-logs-${timestamp?.slice(0, 10).replaceAll('-', '.')}`,
  );
  return [
    ...(days.size === 2 ? [] : [`lines are in ${days.size} indices, not in two`]),
    ...(wrong.length === 0 ? [] : [`${wrong.length} lines are in another day's index`]),
  ];
}

/** How long each line took from being written to being found, to the precision of a poll. */
function watchSearch(elasticsearch, { kind, run, workload }) {
  const latenciesMs = [];
  let next = 0;
  const stop = new AbortController();
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const count = await countSearchable(elasticsearch, kind, run).catch(() => 0);
      const nowMs = performance.now();
      for (; next < workload.history.length && workload.history[next].total <= count; next++) {
        latenciesMs.push(nowMs - workload.history[next].atMs);
      }
      await sleep(POLL_MS / 2);
    }
  })();
  return {
    async stop() {
      stop.abort();
      await loop;
      return latenciesMs;
    },
  };
}

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
