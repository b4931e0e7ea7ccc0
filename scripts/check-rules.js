#!/usr/bin/env node
// A step of npm run check: rules, alerts and runbooks name only what there is, and belong together. What Prometheus' and
// Alertmanager's own tools say is added where they are installed; `npm run test:stack` asks them for sure.
import './project/node-guard.js';
import { execFileSync } from 'node:child_process';
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
askTool('promtool', () => [findPrometheus().promtool, 'check', 'config', fromRoot('deploy/prometheus/prometheus.yml')]);
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
