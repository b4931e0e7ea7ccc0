#!/usr/bin/env node
// npm test: installs, builds and runs the unit and integration tests. Arguments go to vitest: a file, `-t name`,
// `--project unit`.
import './project/node-guard.js';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { inProject } from './project/root.js';
import { say } from './project/say.js';
import { runVitest } from './project/vitest.js';

const args = process.argv.slice(2);
const projects = args.some((arg) => arg.startsWith('--project'))
  ? []
  : ['--project', 'unit', '--project', 'integration'];

await ensureInstalled({ tools: true });
await ensureBuilt();
const run = await runVitest({ name: 'test', args: [...projects, ...args] });
sayNotRun(run.notRun);
process.exitCode = run.code;

/** The last lines: what these tests did not try. @param {readonly string[]} skipped */
function sayNotRun(skipped) {
  const stack = listStackTests();
  say(`${run.passed} passed, ${run.failed} failed, ${run.skipped} skipped.`);
  if (skipped.length + stack.length > 0) say('Not run:');
  for (const name of skipped) say(`  skipped: ${name}`);
  for (const { file, needs } of stack) say(`  ${file}: needs ${needs}`);
  say('Not run here: the integration tests on the other Node versions (npm run test:nodes).');
}

/** The tests with real servers, each with what its `@needs` comment names. */
function listStackTests() {
  const folder = inProject('test', 'stack');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => {
      const text = readFileSync(inProject('test', 'stack', name), 'utf8');
      return {
        file: `test/stack/${name}`,
        needs: /@needs (.+?)\s*(?:\*\/)?$/m.exec(text)?.[1] ?? 'a server of its own',
      };
    });
}
