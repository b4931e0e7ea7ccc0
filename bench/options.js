import { parseArgs } from 'node:util';

const SECTIONS = ['requests', 'startup', 'memory', 'logs', 'scrape'];
const MAX_ROUNDS = 50;

export const USAGE = `Usage: npm run bench -- [--quick] [--rounds N] [--only ${SECTIONS.join(',')}]

  --quick        fewer rounds and requests, for a first impression; docs/performance.md is not written
  --rounds N     1 to ${MAX_ROUNDS} rounds, however long they take; without it 5 (2 with --quick), or fewer on a busy machine
  --only A,B     only these sections; docs/performance.md is not written`;

/**
 * How much of it. `budgetMs` ends a section's rounds early on a machine so busy that they would take longer, but never before
 * the third (or the last, where fewer were wanted).
 */
const FULL = {
  rounds: 5,
  warmUpRequests: 8_000,
  requests: 6_000,
  launchesARound: 3,
  lines: 10_000,
  warmUpLines: 4_000,
  idleMs: 1_500,
  budgetMs: { requests: 300_000, startup: 60_000, logs: 110_000 },
};
const QUICK = {
  rounds: 2,
  warmUpRequests: 1_500,
  requests: 1_500,
  launchesARound: 1,
  lines: 3_000,
  warmUpLines: 1_500,
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
      only: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const size = values.quick ? QUICK : FULL;
  return {
    ...size,
    help: values.help === true,
    quick: values.quick === true,
    ...(values.rounds !== undefined && { rounds: readRounds(values.rounds), budgetMs: {} }),
    writesReport: values.quick !== true && values.only === undefined,
    sections: values.only === undefined ? SECTIONS : readSections(values.only),
  };
}

function readRounds(text) {
  const rounds = Number(text);
  if (!/^\d+$/.test(text) || rounds < 1 || rounds > MAX_ROUNDS) {
    throw new Error(`--rounds is "${text}"; it has to be a whole number from 1 to ${MAX_ROUNDS}`);
  }
  return rounds;
}

function readSections(text) {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !SECTIONS.includes(name));
  if (unknown !== undefined) throw new Error(`--only has "${unknown}"; known are ${SECTIONS.join(', ')}`);
  return SECTIONS.filter((name) => names.includes(name));
}
