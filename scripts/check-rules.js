#!/usr/bin/env node
// A step of npm run check: rules, alerts and runbooks name only what there is, and belong together. What Prometheus' and
// Alertmanager's own tools say is added where they are installed; `npm run test:stack` asks them for sure.
import './project/node-guard.js';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './project/say.js';
import { checkAll } from './rules/check-all.js';
import { findKnown } from './rules/known.js';
import { findAlertmanager } from './stack/install-alertmanager.js';
import { findPrometheus } from './stack/install-prometheus.js';
import { MissingError } from './stack/missing.js';
import { fromRoot } from './stack/paths.js';

/** @type {typeof import('../src/metrics/catalogue.js')} */
const { CATALOGUE, DROP_REASONS } = await import('../dist/metrics/catalogue.js');
/** @type {typeof import('../src/config/settings/health.js')} */
const { HEALTH_CHECKS } = await import('../dist/config/settings/health.js');

const problems = checkAll(
  findKnown({ catalogue: Object.values(CATALOGUE), checks: HEALTH_CHECKS, dropReasons: DROP_REASONS }),
);
const prometheus = fromRoot('deploy/prometheus');
// Without a look at the files that it names: the login is where Prometheus runs. The rules have a check of their own.
askTool('promtool', () => [
  findPrometheus().promtool,
  'check',
  'config',
  '--syntax-only',
  join(prometheus, 'prometheus.yml'),
]);
askTool('promtool', () => [
  findPrometheus().promtool,
  'check',
  'rules',
  ...['rules', 'alerts'].flatMap((folder) =>
    readdirSync(join(prometheus, folder))
      .filter((name) => name.endsWith('.yml') && !name.endsWith('.test.yml'))
      .map((name) => join(prometheus, folder, name)),
  ),
]);
askTool('amtool', () => [findAlertmanager().amtool, 'check-config', fromRoot('deploy/alertmanager/alertmanager.yml')]);
for (const problem of problems) say(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

/** @param {string} name @param {() => string[]} describe */
function askTool(name, describe) {
  try {
    const [program = '', ...args] = describe();
    execFileSync(program, args, { stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    if (error instanceof MissingError) return say(`not run: ${name} (${error.message})`);
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    problems.push(`${name}: ${stdout}${stderr}`);
  }
}
