import { parseArgs } from 'node:util';
import { NODE_VERSIONS } from '../scripts/project/nodes.js';

const SECTIONS = ['requests', 'startup', 'memory', 'logs', 'scrape', 'install', 'pipeline'];
/** Only where it is asked for: it takes as long as the outage. */
const OUTAGE = 'outage';
const DEFAULT_OUTAGE_MINUTES = 10;
const MAX_OUTAGE_MINUTES = 60;
const MAX_ROUNDS = 50;

export const USAGE = `Usage: npm run bench -- [--quick] [--rounds N] [--node 20,24] [--only ${SECTIONS.join(',')}] [--outage MINUTES]

  --quick        fewer rounds and requests, for a first impression; docs/performance.md is not written
  --rounds N     1 to ${MAX_ROUNDS} rounds, however long they take; without it 5 (2 with --quick), or fewer on a busy machine
  --node A,B     on these Nodes, each a line (\`24\`) or a version; without it on the Node that runs this
  --only A,B     only these sections; docs/performance.md is not written
  pipeline       needs npm run stack:install; without that it is left out and named
  --outage N     also the memory during an outage of the collector of N minutes, 1 to ${MAX_OUTAGE_MINUTES}; \`--only outage\` is that alone`;

/**
 * How much of it. `budgetMs` ends a section's rounds early on a machine so busy that they would take longer, but never before
 * the third (or the last, where fewer were wanted).
 */
const FULL = {
  rounds: 5,
  warmUpRequests: 16_000,
  requests: 6_000,
  launchesARound: 3,
  lines: 10_000,
  warmUpLines: 20_000,
  records: 100_000,
  pipelineRounds: 3,
  idleMs: 1_500,
  budgetMs: { requests: 380_000, startup: 60_000, logs: 240_000 },
};
const QUICK = {
  rounds: 2,
  warmUpRequests: 1_500,
  requests: 1_500,
  launchesARound: 1,
  lines: 3_000,
  warmUpLines: 1_500,
  records: 20_000,
  pipelineRounds: 1,
  idleMs: 800,
  budgetMs: {},
};

/** What to run, from the command line. Throws an Error whose message is for the person at the terminal. */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: 'boolean' },
      rounds: { type: 'string' },
      node: { type: 'string' },
      only: { type: 'string' },
      outage: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const size = values.quick ? QUICK : FULL;
  const sections = values.only === undefined ? SECTIONS : readSections(values.only);
  return {
    ...size,
    help: values.help === true,
    quick: values.quick === true,
    ...(values.rounds !== undefined && { rounds: readWhole('--rounds', values.rounds, MAX_ROUNDS), budgetMs: {} }),
    outageMinutes:
      values.outage === undefined ? DEFAULT_OUTAGE_MINUTES : readWhole('--outage', values.outage, MAX_OUTAGE_MINUTES),
    writesReport: values.quick !== true && values.only === undefined,
    nodes: values.node === undefined ? [process.versions.node] : readNodes(values.node),
    sections: values.outage === undefined || sections.includes(OUTAGE) ? sections : [...sections, OUTAGE],
  };
}

function readWhole(option, text, max) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > max) {
    throw new Error(`${option} is "${text}"; it has to be a whole number from 1 to ${max}`);
  }
  return value;
}

function readNodes(text) {
  const known = [...new Set([...NODE_VERSIONS, process.versions.node])];
  return text.split(',').map((part) => {
    const name = part.trim();
    // The newest of a line.
    const found = known.findLast((version) => version === name || version.startsWith(`${name}.`));
    if (found === undefined) throw new Error(`--node has "${name}"; known are ${known.join(', ')}`);
    return found;
  });
}

function readSections(text) {
  const names = text.split(',').map((name) => name.trim());
  const all = [...SECTIONS, OUTAGE];
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`--only has "${unknown}"; known are ${all.join(', ')}`);
  return all.filter((name) => names.includes(name));
}
