#!/usr/bin/env node
// npm run check: everything that is said about the code without running it. All steps run, also after a failed one.
// `npm run check -- lint format` runs some.
import './project/node-guard.js';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, TSC } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { findToolsNode } from './project/nodes.js';
import { runNode, runNpm } from './project/processes.js';
import { removeCounts, writeCounts } from './project/results.js';
import { inCache } from './project/root.js';
import { fail, printDuration, say } from './project/say.js';

/** @typedef {import('./project/processes.js').RunResult} RunResult */

/** @type {Record<string, () => Promise<RunResult>>} */
const STEPS = {
  'types of src': () => runTool([TSC, '--noEmit', '-p', 'tsconfig.json']),
  'types of the page': () => runTool([TSC, '-p', 'src/admin/live/page/tsconfig.json']),
  'types of tests': () => runTool([TSC, '-p', 'test/tsconfig.json']),
  'types of scripts': () => runTool([TSC, '-p', 'scripts/tsconfig.json']),
  lint: () => runTool(['node_modules/oxlint/bin/oxlint', '--threads=2']),
  format: () => runTool(['node_modules/oxfmt/bin/oxfmt', '--check', '--threads=2']),
  unused: () => runTool(['node_modules/knip/bin/knip.js', '--no-progress', '--treat-config-hints-as-errors']),
  documents: () => runTool(['scripts/generate-docs.js', '--check']),
  rules: () => runTool(['scripts/check-rules.js']),
  pack: packPackage,
  publint: async () => runTool(['node_modules/publint/src/cli.js', 'run', '--strict', findPackage()]),
  attw: async () => runTool(['node_modules/@arethetypeswrong/cli/dist/index.js', findPackage()]),
};

const names = chooseSteps(process.argv.slice(2));
removeCounts('check');
await ensureInstalled({ tools: true });
await ensureBuilt();
const toolsNode = await findToolsNode();

const failed = [];
for (const name of names) {
  const result = await /** @type {() => Promise<RunResult>} */ (STEPS[name])();
  const passed = result.code === 0;
  if (!passed) failed.push(name);
  say(`${passed ? 'pass' : 'FAIL'}  ${name.padEnd(18)} ${printDuration(result.durationMs)}`);
  if (!passed) say(indent(result.output));
  // A tool that is not installed.
  for (const line of result.output.split('\n')) if (passed && line.startsWith('not run: ')) say(indent(line));
}
writeCounts('check', {
  passed: names.length - failed.length,
  failed: failed.length,
  skipped: 0,
  notRun: [],
  failures: failed,
});
say(
  failed.length === 0
    ? `All ${names.length} checks passed.`
    : `${failed.length} of ${names.length} failed: ${failed.join(', ')}.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

/** @param {readonly string[]} wanted */
function chooseSteps(wanted) {
  const all = Object.keys(STEPS);
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown !== undefined) fail(`No check "${unknown}". There are: ${all.join(', ')}.`);
  return wanted.length === 0 ? all : all.filter((name) => wanted.includes(name));
}

/** @param {readonly string[]} args */
function runTool(args) {
  return runNode(args, { node: toolsNode, quiet: true, env: { FORCE_COLOR: undefined, NO_COLOR: '1' } });
}

/** Packs what would be published, for the checks of the package. */
async function packPackage() {
  rmSync(packFolder(), { recursive: true, force: true });
  mkdirSync(packFolder());
  return runNpm(['pack', '--ignore-scripts', '--pack-destination', packFolder()], { quiet: true });
}

function packFolder() {
  return inCache('pack');
}

/** The packed package; a name that says what is missing where there is none. */
function findPackage() {
  const file = readdirSync(packFolder()).find((name) => name.endsWith('.tgz'));
  return path.join(packFolder(), file ?? 'nothing-packed.tgz');
}

/** @param {string} text */
function indent(text) {
  return text.trimEnd().replace(/^/gm, '      ');
}
