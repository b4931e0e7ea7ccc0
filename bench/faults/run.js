/** `npm run faults`: every fault on the real chain, ours and the stock one, and the table of docs/reliability.md. */
import '../../scripts/project/node-guard.js';
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { requireCollector } from '../../scripts/stack/collector.js';
import { requireElasticsearch, startElasticsearch } from '../../scripts/stack/elasticsearch.js';
import { inProject } from '../../scripts/project/root.js';
import { setUp } from '../set-up.js';
import { perform } from './perform.js';
import { describeOutcome, writeReport } from './report.js';
import { listScenarios, WARM_UP } from './scenarios.js';
import { prepareStockIndices } from './store.js';

const USAGE = `Usage: npm run faults -- [--long] [--only ID,ID] [--ours]

  --long     the outage of Elasticsearch lasts 600 s instead of 150
  --only A,B these faults alone; docs/reliability.md is not written
  --ours     without the stock chain beside it; docs/reliability.md is not written`;

const say = (text) => process.stdout.write(`${text}\n`);

function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      long: { type: 'boolean' },
      ours: { type: 'boolean' },
      only: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const scenarios = listScenarios({ outageSeconds: values.long === true ? 600 : 150 });
  const wanted = values.only?.split(',') ?? scenarios.map(({ id }) => id);
  const unknown = wanted.find((id) => !scenarios.some((scenario) => scenario.id === id));
  if (unknown !== undefined) {
    throw new Error(`--only "${unknown}": there are ${scenarios.map(({ id }) => id).join(', ')}`);
  }
  return {
    help: values.help === true,
    outageSeconds: values.long === true ? 600 : 150,
    kinds: values.ours === true ? ['ours'] : ['ours', 'stock'],
    scenarios: scenarios.filter(({ id }) => wanted.includes(id)),
    isWhole: values.only === undefined && values.ours !== true,
  };
}

/** Elasticsearch as deploy/ ships it, with its template. */
async function startReady() {
  const elasticsearch = await startElasticsearch({ heapMb: 1_024, javaOptions: '' });
  const env = {
    PATH: process.env['PATH'],
    BARBOSSA_ELASTICSEARCH_URL: elasticsearch.url,
    BARBOSSA_ELASTICSEARCH_CA_FILE: elasticsearch.caFile,
    BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE: `${elasticsearch.prepared}/secrets/setup.password`,
  };
  await promisify(execFile)(process.execPath, [inProject('deploy/elasticsearch/setup.js'), '--without-ilm'], { env });
  await prepareStockIndices(elasticsearch);
  return elasticsearch;
}

// What runs and what is mounted is taken away on `exit`, which a signal alone is not.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return say(USAGE);
  requireCollector();
  requireElasticsearch();
  await setUp();
  const startedAt = new Date();
  say('Starting Elasticsearch ...');
  const elasticsearch = await startReady();
  const results = [];
  const tag = startedAt.getTime().toString(36);
  try {
    if (options.scenarios.some(({ watchesSearch }) => watchesSearch)) {
      say(WARM_UP.fault);
      await perform(WARM_UP, { ...options, elasticsearch, tag });
    }
    for (const [index, scenario] of options.scenarios.entries()) {
      say(`[${index + 1}/${options.scenarios.length}] ${scenario.fault}`);
      const outcomes = await perform(scenario, { ...options, elasticsearch, tag });
      results.push({ scenario, outcomes });
      for (const outcome of outcomes) say(`  ${describeOutcome(outcome)}`);
    }
  } finally {
    await elasticsearch.stop();
  }
  const failed = results.filter(({ outcomes }) =>
    outcomes.some(({ kind, problems }) => kind === 'ours' && problems.length > 0),
  );
  say(writeReport(results, { ...options, startedAt }));
  say(failed.length === 0 ? 'Every line is met.' : `Not met: ${failed.map(({ scenario }) => scenario.id).join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
