/** `npm run bench`: measures the package beside its peers and writes docs/performance.md. */
import '../scripts/project/node-guard.js';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endAllChildren } from './children.js';
import { USAGE, readOptions } from './options.js';
import { startLoad, startSink } from './processes/start.js';
import { renderReport } from './report.js';
import { installNode } from '../scripts/project/nodes.js';
import { findMissingPart } from '../scripts/stack/parts.js';
import { measureInstalls } from './sections/installs.js';
import { runOutage } from './sections/outage.js';
import { PIPELINES, runPipeline, startStore } from './sections/pipeline.js';
import { checkLogger, runLogger, subtractPacing } from './sections/log-lines.js';
import { checkApplication, runApplication } from './sections/requests.js';
import { launch } from './sections/start-up.js';
import { setUp } from './set-up.js';
import { APPLICATIONS, LOGGERS, START_UPS } from './variants.js';

const REPORT = new URL('../docs/performance.md', import.meta.url);
/** Below that there is no median to speak of. */
const LEAST_ROUNDS = 3;
/** Far above what a run takes; a bench that hangs ends by itself. */
const DEADLINE_A_ROUND_MS = 5 * 60_000;

const startedAt = new Date();
const seconds = () => (Date.now() - startedAt.getTime()) / 1_000;
const say = (text) => process.stdout.write(`${seconds().toFixed(0).padStart(4)} s  ${text}\n`);

/**
 * Runs each variant once a round, beginning with another one each time, until the rounds are done or the budget is spent.
 * @returns the results by variant id, in order of rounds.
 */
async function interleave({ name, variants, rounds, budgetMs = Infinity }, runOne, describe) {
  const results = Object.fromEntries(variants.map(({ id }) => [id, []]));
  const begunMs = Date.now();
  for (let round = 0; round < rounds; round++) {
    if (round >= LEAST_ROUNDS && ((Date.now() - begunMs) / round) * (round + 1) > budgetMs) {
      say(`${name}: ended after ${round} of ${rounds} rounds, the machine is slow or busy`);
      break;
    }
    for (let turn = 0; turn < variants.length; turn++) {
      const variant = variants[(turn + round) % variants.length];
      const result = await runOne(variant, `${name}-${round}`);
      results[variant.id].push(result);
      say(`${name} ${round + 1}/${rounds}  ${variant.title}: ${describe(result)}`);
    }
  }
  return results;
}

const planOf = (name, variants, { rounds, budgetMs }) => ({ name, variants, rounds, budgetMs: budgetMs[name] });

/** The runs behind three of the report's sections: requests, memory and scrape. */
async function measureApplications(options, tools) {
  say('checking that each application does what it claims');
  for (const variant of APPLICATIONS) {
    await checkApplication(variant, { ...tools, place: tools.placeOf(variant, 'check-app') });
  }
  const runOne = (variant, name) => runApplication(variant, { ...tools, place: tools.placeOf(variant, name), options });
  const describe = ({ cpuMicros, loadedBytes }) => `${cpuMicros.toFixed(0)} µs, ${(loadedBytes / 1e6).toFixed(0)} MB`;
  return interleave(planOf('requests', APPLICATIONS, options), runOne, describe);
}

async function measureStartUps(options, tools) {
  const plan = planOf('startup', START_UPS, options);
  const runOne = (variant, name) => launch(variant, { ...tools, place: tools.placeOf(variant, name) });
  const describe = ({ firstStatementMs, firstAnswerMs }) =>
    `${firstStatementMs.toFixed(0)} ms, answers after ${firstAnswerMs.toFixed(0)} ms`;
  return interleave({ ...plan, rounds: options.rounds * options.launchesARound }, runOne, describe);
}

async function measureLoggers(options, tools) {
  say('checking that each logger prints what it should');
  for (const variant of LOGGERS) await checkLogger(variant, { place: tools.placeOf(variant, 'check-logs') });
  const runOne = (variant, name) => runLogger(variant, { ...tools, place: tools.placeOf(variant, name), options });
  const describe = ({ cpuMicros, disabledMicros }) =>
    `${cpuMicros.toFixed(1)} µs, disabled ${disabledMicros.toFixed(2)} µs`;
  return subtractPacing(await interleave(planOf('logs', LOGGERS, options), runOne, describe));
}

async function measurePipelines({ pipelineRounds, records }) {
  const elasticsearch = await startStore();
  try {
    const plan = { name: 'pipeline', variants: PIPELINES, rounds: pipelineRounds };
    const runOne = (variant, run) => runPipeline(variant, { elasticsearch, records, run });
    const describe = ({ cpuMicros, searchableRate, delivered }) =>
      `${cpuMicros.toFixed(1)} µs a record, ${searchableRate.toFixed(0)} searchable a second, ${delivered} of ${records} found`;
    return await interleave(plan, runOne, describe);
  } finally {
    await elasticsearch.stop();
  }
}

/** What depends on the Node that runs the applications. */
async function measureNode(options, tools) {
  const wants = (...names) => names.some((name) => options.sections.includes(name));
  return {
    requests: wants('requests', 'memory', 'scrape') ? await measureApplications(options, tools) : undefined,
    startup: wants('startup') ? await measureStartUps(options, tools) : undefined,
    logs: wants('logs') ? await measureLoggers(options, tools) : undefined,
  };
}

async function measureOnce(options, { scratch }) {
  const wants = (name) => options.sections.includes(name);
  return {
    install: wants('install') ? await measureInstalls(scratch, say) : undefined,
    pipeline: wants('pipeline') ? await measurePipelines(options) : undefined,
    outage: wants('outage') ? await runOutage({ minutes: options.outageMinutes, scratch, say }) : undefined,
  };
}

/** The results for each Node; with the first, those that are of none. */
async function measure(options, tools) {
  const runs = [];
  for (const version of options.nodes) {
    const node = version === process.versions.node ? process.execPath : await installNode(version);
    if (options.nodes.length > 1) say(`Node ${version}`);
    const placeOf = ({ id }, name) => ({ ...tools.place, run: `${version}-${name}-${id}`, node });
    runs.push({ version, results: await measureNode(options, { ...tools, placeOf }) });
  }
  Object.assign(runs[0].results, await measureOnce(options, tools));
  return runs;
}

async function main(options) {
  await setUp();
  const missing = findMissingPart(['collector', 'Elasticsearch']);
  if (missing !== undefined && options.sections.includes('pipeline')) {
    say(`not measured, the pipeline: ${missing}`);
    options.sections.splice(options.sections.indexOf('pipeline'), 1);
  }
  const sink = await startSink();
  const load = await startLoad();
  const scratch = mkdtempSync(join(tmpdir(), 'barbossa-bench-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const runs = await measure(options, { sink, load, scratch, place: { sinkUrl: sink.url, scratch } });
  const command = ['npm run bench', ...process.argv.slice(2)].join(' ').replace('bench ', 'bench -- ');
  const report = renderReport({ runs, options, command, startedAt, minutes: seconds() / 60 });
  process.stdout.write(`\n${report}\n`);
  if (options.writesReport) {
    mkdirSync(new URL('.', REPORT), { recursive: true });
    writeFileSync(REPORT, report);
  }
  say(
    options.writesReport
      ? 'written to docs/performance.md'
      : 'docs/performance.md is as it was: only a full run writes it',
  );
}

function stop(code, text) {
  endAllChildren();
  process.stderr.write(`${text}\n`);
  process.exit(code);
}

let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  stop(2, `${error.message}\n\n${USAGE}`);
}
if (options.help) {
  process.stdout.write(`${USAGE}\n`);
} else {
  process.on('SIGINT', () => stop(130, 'bench: interrupted'));
  process.on('SIGTERM', () => stop(143, 'bench: terminated'));
  const rounds = options.rounds * options.nodes.length + options.pipelineRounds;
  const deadlineMs = DEADLINE_A_ROUND_MS * rounds + options.outageMinutes * 60_000;
  setTimeout(() => stop(1, 'bench: gave up, it took too long'), deadlineMs).unref();
  try {
    await main(options);
    endAllChildren();
  } catch (error) {
    stop(1, `bench: ${error.message}`);
  }
}
