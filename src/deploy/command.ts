import { parseArgs } from 'node:util';
import { applyPlan, planCopy } from './copy.js';
import { printPlan } from './print-plan.js';
import { Refusal } from './refusal.js';
import { readStack } from './stack.js';

const USAGE = `Usage: barbossa-telemetry deploy DIR [--dry-run]

Writes into DIR what watches your application: Docker Compose's file, the collector's configuration, Prometheus' rules,
Alertmanager, Grafana's dashboards, Kibana's objects, the set-up of Elasticsearch, a Helm chart, runbooks. Asks nothing.
Run again with a newer package, it brings DIR up to date and overwrites nothing that you have changed.

  --dry-run   says what would be done, and does nothing

Exit code 0: DIR is as this version has it, your changes kept. 1: so it is, but for files that you have to look at.
2: refused, or ended before all was done; what it says tells why.
`;

/**
 * `barbossa-telemetry deploy DIR [--dry-run]`.
 * @returns The exit code, as the usage says.
 */
export function run(args: readonly string[]): number {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  try {
    const stack = readStack();
    const plan = planCopy(options.folder, stack);
    if (!options.dryRun) applyPlan(plan, stack);
    process.stdout.write(printPlan(plan, { ...options, version: stack.version }));
    return plan.steps.some(({ needsLook }) => needsLook) ? 1 : 0;
  } catch (error) {
    const text =
      error instanceof Refusal ? error.message : `failed: ${error instanceof Error ? error.message : String(error)}`;
    process.stderr.write(`barbossa-telemetry deploy: ${text}\n`);
    return 2;
  }
}

/** What is asked for; a number is an exit code, where the answer was the usage. */
function readOptions(args: readonly string[]): { folder: string; dryRun: boolean } | number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const [folder, ...rest] = positionals;
    const isOne = folder !== undefined && folder !== '' && rest.length === 0;
    if (isOne) return { folder, dryRun: values['dry-run'] === true };
    process.stderr.write(`barbossa-telemetry deploy: name one folder\n\n${USAGE}`);
  } catch (error) {
    process.stderr.write(
      `barbossa-telemetry deploy: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`,
    );
  }
  return 2;
}
