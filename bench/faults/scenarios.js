/**
 * The faults. Each says what our road has to show, what is written meanwhile, and what is done to it.
 *
 * @typedef {object} Scenario
 * @property {string} id
 * @property {string} fault For the table.
 * @property {string} must What ours has to show, for the table.
 * @property {string[]} load Arguments of app.cjs.
 * @property {boolean} [oneByOne] The two roads run one after the other: their figures are to be compared.
 * @property {boolean} [absent] The collector is not there at the start.
 * @property {boolean} [restarts] The application ends, and is started once more.
 * @property {number} [mayLoseLastMs] What a killed process may have had in memory only.
 * @property {boolean} [watchesSearch] How long lines take to be found is measured, and has to be under 2 s (p99).
 * @property {'answers' | 'bulk' | 'dislikes' | 'resets'} [proxy] What can be made to fail on the way.
 * @property {Record<string, string>} [appEnv]
 * @property {Record<string, string>} [collectorEnv]
 * @property {number} [queueDiskBytes] The collector's folder is a disk of so many bytes.
 * @property {number} [startsBeforeMidnightMs] By the application's clock.
 * @property {(context: Context) => Promise<string[] | void>} [act] Gives what of ours was not as it must be meanwhile.
 *
 * @typedef {object} Context
 * @property {import('./chain.js').Chain[]} chains
 * @property {object} elasticsearch
 * @property {object} [refuser] With `proxy: 'bulk'`.
 * @property {(seconds: number) => Promise<void>} pause
 * @property {number} outageSeconds 150, or 600 with --long.
 */

const ALL_ONCE = 'all, once';
/** A line is on disk 10 ms after it was written; the rest is what a busy machine delays a timer. */
const BEHIND_MS = 25;
/** The longest turn, on such a machine. */
const TURN_MS = 15;
const steady = (rate, seconds) => ['--rate', String(rate), '--seconds', String(seconds)];
const ending = (end) => ['--burst', '300', '--end', end];
const each = (chains, action) => Promise.all(chains.map(action));

function killed(id, how, must, more) {
  return {
    id,
    fault: `SIGKILL of the application, at 1,000 lines a second${how}`,
    must,
    load: steady(1_000, 20),
    restarts: true,
    ...more,
    async act({ chains, pause }) {
      await pause(4);
      await each(chains, ({ workload }) => workload.signal('SIGKILL'));
      await each(chains, ({ workload }) => workload.exited);
    },
  };
}

function endingBySignal(name) {
  return {
    id: name.toLowerCase(),
    fault: `300 lines, then ${name}`,
    must: ALL_ONCE,
    load: ending('wait'),
    restarts: true,
    async act({ chains }) {
      await each(chains, async ({ workload }) => {
        await workload.finished();
        workload.signal(name);
        await workload.exited;
      });
    },
  };
}

/** The rest has to flow meanwhile; the record itself arrives when the proxy takes it, here after a restart. */
function poisoned(id, fault, proxy) {
  return {
    id,
    fault,
    must: 'at least 90 % meanwhile; all, once, when the proxy takes it',
    load: [...steady(2_000, 20), '--poison', '2000'],
    restarts: true,
    proxy,
    async act({ chains, pause }) {
      for (const { proxy: disliker } of chains) disliker.disliked = 'POISON';
      await each(chains, ({ workload }) => workload.finished());
      await pause(4);
      const ours = chains.find(({ kind }) => kind === 'ours');
      const share = ours.proxy.taken / ours.workload.sent;
      await each(chains, async ({ workload }) => {
        workload.signal('SIGTERM');
        await workload.exited;
      });
      for (const { proxy: disliker } of chains) disliker.disliked = undefined;
      return share >= 0.9 ? [] : [`${Math.round(share * 100)} % arrived while one record was disliked`];
    },
  };
}

function endingByItself(id, fault, end) {
  return { id, fault: `300 lines, then ${fault}`, must: ALL_ONCE, load: ending(end), restarts: true };
}

/** Not judged: a server that has just been started finds nothing fast, and the first line of a day makes its index. */
export const WARM_UP = {
  id: 'warm-up',
  fault: 'Warming up: 15 s of lines on both roads ...',
  must: 'nothing',
  load: steady(1_000, 15),
};

/** @param {{ outageSeconds: number }} options @returns {Scenario[]} */
export function listScenarios({ outageSeconds }) {
  return [
    {
      id: 'none',
      fault: 'none; 1,000 lines a second for 30 s',
      must: 'all, once; p99 searchable in 2 s',
      load: steady(1_000, 30),
      oneByOne: true,
      watchesSearch: true,
    },
    {
      id: 'burst',
      fault: 'a burst of 100,000 lines in one loop',
      must: ALL_ONCE,
      load: ['--burst', '100000'],
      oneByOne: true,
    },
    endingByItself('exit', '`process.exit(0)`', 'exit'),
    endingByItself('throw', 'an uncaught error', 'throw'),
    endingByItself('reject', 'an unhandled rejection', 'reject'),
    endingBySignal('SIGTERM'),
    endingBySignal('SIGINT'),
    killed('sigkill', '', `all but the last ${BEHIND_MS} ms, none twice`, { mayLoseLastMs: BEHIND_MS }),
    killed('sigkill-turn', ', with BARBOSSA_LOG_SPOOL_DELAY=0', 'all but what its last turn has logged, none twice', {
      mayLoseLastMs: TURN_MS,
      appEnv: { BARBOSSA_LOG_SPOOL_DELAY: '0' },
    }),
    {
      id: 'absent',
      fault: 'no collector for the first 60 s',
      must: ALL_ONCE,
      load: steady(200, 65),
      absent: true,
      async act({ chains, pause }) {
        await pause(60);
        await each(chains, (chain) => chain.startCollector());
      },
    },
    {
      id: 'collector-killed',
      fault: 'the collector killed (-9), started 6 s later',
      must: ALL_ONCE,
      load: steady(500, 25),
      async act({ chains, pause }) {
        await pause(8);
        await each(chains, ({ collector }) => collector.kill());
        await pause(6);
        await each(chains, ({ collector }) => collector.start());
      },
    },
    {
      id: 'collector-stopped',
      fault: 'the collector stopped (SIGSTOP) for 30 s',
      must: ALL_ONCE,
      load: steady(200, 40),
      async act({ chains, pause }) {
        await pause(5);
        await each(chains, ({ collector }) => collector.pause());
        await pause(30);
        await each(chains, ({ collector }) => collector.resume());
      },
    },
    {
      id: 'answers-lost',
      fault: 'connections reset after the batch was stored, for 8 s',
      must: ALL_ONCE,
      load: steady(500, 20),
      proxy: 'answers',
      act: loseAnswers(4, 8),
    },
    poisoned('poison', 'a record at which a proxy answers 500, at 2,000 lines a second', 'dislikes'),
    poisoned('reset', 'a record at which a proxy resets the connection, at 2,000 lines a second', 'resets'),
    {
      id: 'elasticsearch-down',
      fault: `Elasticsearch killed, started ${outageSeconds} s later`,
      must: ALL_ONCE,
      load: steady(200, outageSeconds + 10),
      async act({ elasticsearch, pause }) {
        await pause(5);
        await elasticsearch.kill();
        await pause(outageSeconds);
        await elasticsearch.start();
      },
    },
    {
      id: 'elasticsearch-refuses',
      fault: 'Elasticsearch answers 429 for 10 s, then 503 for 10 s',
      must: ALL_ONCE,
      load: steady(500, 30),
      proxy: 'bulk',
      async act({ refuser, pause }) {
        await pause(5);
        refuser.status = 429;
        await pause(10);
        refuser.status = 503;
        await pause(10);
        refuser.status = undefined;
      },
    },
    {
      id: 'read-only',
      fault: 'the block of a full disk (flood stage) on the indices, for 30 s',
      must: ALL_ONCE,
      load: steady(200, 40),
      async act({ elasticsearch, pause }) {
        await pause(5);
        await block(elasticsearch, true);
        await pause(30);
        await block(elasticsearch, null);
      },
    },
    {
      id: 'collector-ends',
      fault: 'Elasticsearch down; the collector gets SIGTERM, SIGKILL 8 s later; both come back',
      must: ALL_ONCE,
      load: steady(200, 40),
      async act({ chains, elasticsearch, pause }) {
        await pause(5);
        await elasticsearch.kill();
        await pause(8);
        await each(chains, ({ collector }) => collector.terminate({ graceMs: 8_000 }));
        await pause(2);
        await each(chains, ({ collector }) => collector.start());
        await pause(5);
        await elasticsearch.start();
      },
    },
    {
      id: 'queue-full',
      fault: "the collector's queue full (Elasticsearch down), then room again",
      must: `${ALL_ONCE}; the rest waits in the application's spool`,
      load: steady(500, 40),
      collectorEnv: { BARBOSSA_COLLECTOR_QUEUE_BYTES: '1000000' },
      act: stopElasticsearch(5, 25),
    },
    {
      id: 'disk-full',
      fault:
        "another file fills the collector's disk to the last byte (Elasticsearch down, then up again), then room again",
      must: `${ALL_ONCE}; the rest waits in the application's spool`,
      load: steady(500, 50),
      queueDiskBytes: 32_000_000,
      act: fillDisks,
    },
    {
      id: 'disk-small',
      fault: "the collector's queue fills its disk (Elasticsearch down), then room again",
      must: `${ALL_ONCE}; the rest waits in the application's spool`,
      load: steady(500, 40),
      queueDiskBytes: 4_000_000,
      act: stopElasticsearch(5, 25),
    },
    {
      id: 'midnight',
      fault: 'a run across midnight UTC, answers lost on both sides of it',
      must: `${ALL_ONCE}, each in the index of its own day`,
      load: steady(200, 25),
      proxy: 'answers',
      startsBeforeMidnightMs: 12_000,
      act: loseAnswers(5, 13),
    },
    {
      id: 'cluster',
      fault: 'two cluster workers, one killed (-9)',
      must: `all but the last ${BEHIND_MS} ms of the killed one, none twice`,
      load: [...steady(200, 20), '--workers', '2'],
      mayLoseLastMs: BEHIND_MS,
      async act({ chains, pause }) {
        await pause(8);
        await each(chains, ({ workload }) => process.kill(workload.pids.get('w1'), 'SIGKILL'));
        await pause(14);
      },
    },
    {
      id: 'shared-folder',
      fault:
        'two processes with one spool folder; the collector killed (-9), then one of them, then the collector started',
      must: `all but the last ${BEHIND_MS} ms of the killed one, none twice`,
      load: [...steady(200, 25), '--workers', '2'],
      mayLoseLastMs: BEHIND_MS,
      async act({ chains, pause }) {
        await pause(5);
        await each(chains, ({ collector }) => collector.kill());
        await pause(5);
        await each(chains, ({ workload }) => process.kill(workload.pids.get('w1'), 'SIGKILL'));
        await pause(5);
        await each(chains, ({ collector }) => collector.start());
        await pause(20);
      },
    },
  ];
}

function loseAnswers(afterSeconds, forSeconds) {
  return async ({ chains, pause }) => {
    await pause(afterSeconds);
    for (const { proxy } of chains) proxy.losing = true;
    await pause(forSeconds);
    for (const { proxy } of chains) proxy.losing = false;
  };
}

function stopElasticsearch(afterSeconds, forSeconds) {
  return async ({ elasticsearch, pause }) => {
    await pause(afterSeconds);
    await elasticsearch.kill();
    await pause(forSeconds);
    await elasticsearch.start();
  };
}

async function fillDisks({ chains, elasticsearch, pause }) {
  await pause(5);
  await elasticsearch.kill();
  await pause(5);
  for (const { disk } of chains) disk.fill();
  await pause(15);
  await elasticsearch.start();
  await pause(10);
  for (const { disk } of chains) disk.empty();
}

async function block(elasticsearch, value) {
  const body = { 'index.blocks.read_only_allow_delete': value };
  const { status } = await elasticsearch.request('PUT', '/barbossa-logs-*/_settings', { as: 'setup', body });
  if (status !== 200) throw new Error(`the block could not be set: ${status}`);
}
