import path from 'node:path';
import type { Plan } from './copy.js';
import { besideName, type Step } from './plan.js';

/** Says what was done, or would be, and what comes next. */
export function printPlan(plan: Plan, { version, dryRun }: { version: string; dryRun: boolean }): string {
  const { root, state, steps } = plan;
  const before = state.version === undefined ? '' : `, which had ${state.version}`;
  const title = `${dryRun ? 'Would bring' : 'Brought'} the stack of barbossa-telemetry ${version} to ${root}${before}\n`;
  return [title, printFiles(steps), printLook(steps), dryRun ? '' : printNext(root, steps, state.version === undefined)]
    .filter((part) => part !== '')
    .join('\n');
}

/** A line for each file that is not as it was; where all are new, one for all of them. */
function printFiles(steps: readonly Step[]): string {
  const count = (outcome: Step['outcome']): number => steps.filter((step) => step.outcome === outcome).length;
  if (count('written') === steps.length) return `  written  ${steps.length} files\n`;
  const rows = steps
    .filter(({ outcome }) => outcome !== 'same')
    .map(({ outcome, path: name, note }) => `  ${outcome.padEnd(8)} ${name}${note === undefined ? '' : `: ${note}`}\n`);
  // What is gone on both sides is known no more.
  const same = steps.filter(({ outcome, known }) => outcome === 'same' && known !== undefined).length;
  return `${rows.join('')}${same === 0 ? '' : `  same     ${same} file${same === 1 ? '' : 's'}\n`}`;
}

function printLook(steps: readonly Step[]): string {
  const look = steps.filter(({ needsLook }) => needsLook);
  if (look.length === 0) return '';
  const beside = look.find(({ known }) => known?.beside !== undefined);
  const how =
    beside === undefined
      ? ''
      : ` Take over what you want of a new one, then delete it, as ${besideName(beside.path)}: so it is settled.`;
  return `${look.length === 1 ? 'One file needs' : `${look.length} files need`} a look.${how}\n`;
}

function printNext(root: string, steps: readonly Step[], isFirst: boolean): string {
  const folder = path.join(root, 'deploy');
  if (isFirst) {
    return `Next, in ${folder}:

  cp .env.example .env                      its lines say what can be set: BARBOSSA_ALERT_MAIL_TO or
                                            BARBOSSA_SLACK_CHANNEL, who is told of alerts
  secrets/database-monitor.password         files with your own passwords, for the exporters of
  secrets/redis.password                    PostgreSQL and Redis
  docker compose up --build --detach        starts it

${path.join(root, 'README.md')} says the rest: how your application joins, and how to come to a newer version.
`;
  }
  const isChanged = steps.some(({ outcome }) => ['written', 'updated', 'merged', 'removed'].includes(outcome));
  return isChanged ? `Next, in ${folder}: docker compose up --build --detach\n` : '';
}
