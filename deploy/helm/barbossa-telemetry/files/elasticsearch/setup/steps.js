import { readFileSync } from 'node:fs';
import { findAnyDifference, findDifference } from './compare.js';
import { SetupError, say } from './failure.js';
import { describe, request } from './server.js';

/** @typedef {import('./settings.js').Settings} Settings */
/** @typedef {import('./server.js').Answer} Answer */

/** @typedef {{ settings: Record<string, unknown>, mappings: Record<string, unknown> }} Template */

/** Name of policy and template. */
const NAME = 'barbossa-logs';
const PATTERNS = 'barbossa-logs-*,celery-logs-*';

/** @param {string} name @returns {any} */
function readJson(name) {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
}

/** Stores the ILM policy. @param {Settings} settings @throws {SetupError} */
export async function applyPolicy(settings) {
  const path = `/_ilm/policy/${NAME}`;
  if (settings.withoutIlm) {
    say('ILM: left out (--without-ilm); old indices are not deleted by this server');
    return;
  }
  const wanted = readJson('ilm-policy.json');
  wanted.policy.phases.delete.min_age = `${settings.retentionDays}d`;
  const before = await request(settings, 'GET', path);
  if (lacksHandler(before)) {
    throw new SetupError(
      `this server has no ILM (${describe(before)}), so old indices would stay for ever; --without-ilm goes on all the same`,
    );
  }
  await apply(settings, {
    path,
    wanted,
    before,
    compare: ({ body }) => findDifference(wanted.policy, body?.[NAME]?.policy),
    title: `ILM policy ${NAME} (deleted after ${settings.retentionDays} days)`,
  });
}

/** Elasticsearch's answer where no part of it knows the path. @param {Answer} answer */
function lacksHandler({ status, body }) {
  return (status === 400 || status === 405) && JSON.stringify(body ?? '').includes('no handler found');
}

/** Stores the index template, and gives what it holds. @param {Settings} settings @returns {Promise<Template>} @throws {SetupError} */
export async function applyTemplate(settings) {
  const path = `/_index_template/${NAME}`;
  const wanted = readJson('index-template.json');
  wanted.template.settings.index.number_of_replicas = String(settings.replicas);
  if (settings.withoutIlm) delete wanted.template.settings.index.lifecycle;
  await apply(settings, {
    path,
    wanted,
    before: await request(settings, 'GET', path),
    compare: ({ body }) => {
      const found = body?.index_templates?.[0]?.index_template;
      // A setting or a field that somebody added is a difference too.
      return findDifference(wanted, found) ?? findAnyDifference(wanted.template, found.template);
    },
    title: `index template ${NAME}`,
  });
  return wanted.template;
}

/**
 * Stores something unless it is there, reads it back, and says what was done.
 * @param {Settings} settings
 * @param {object} thing
 * @param {string} thing.path
 * @param {unknown} thing.wanted
 * @param {Answer} thing.before What was there.
 * @param {(answer: Answer) => string | undefined} thing.compare What differs from what is wanted.
 * @param {string} thing.title
 */
async function apply(settings, { path, wanted, before, compare, title }) {
  if (before.status !== 200 && before.status !== 404) {
    throw new SetupError(`${title} cannot be read: ${describe(before)}`);
  }
  const difference = before.status === 200 ? compare(before) : undefined;
  if (before.status === 200 && difference === undefined) {
    say(`${title}: unchanged`);
    return;
  }
  const answer = await request(settings, 'PUT', path, wanted);
  if (answer.status !== 200) throw new SetupError(`${title} was refused: ${describe(answer)}`);
  const after = await request(settings, 'GET', path);
  if (after.status !== 200) throw new SetupError(`${title} was taken and is not there: ${describe(after)}`);
  const left = compare(after);
  if (left !== undefined) throw new SetupError(`${title} was taken but is not what the server has: ${left}`);
  say(`${title}: ${before.status === 404 ? 'created' : `somebody has changed it (${difference}); put right`}`);
}

/**
 * Another template with a higher priority would win, and nobody would see it until a search finds nothing.
 * @param {Settings} settings @param {Template} template @throws {SetupError}
 */
export async function checkNewIndices(settings, template) {
  for (const index of ['barbossa-logs-2000.01.01', 'celery-logs-2000.01.01']) {
    const answer = await request(settings, 'POST', `/_index_template/_simulate_index/${index}`);
    if (answer.status !== 200) throw new SetupError(`what ${index} would get cannot be found out: ${describe(answer)}`);
    const got = answer.body.template;
    const difference =
      findDifference(template.settings, got.settings) ?? findAnyDifference(template.mappings, got.mappings);
    if (difference === undefined) continue;
    throw new SetupError(
      `an index ${index} would not get this template (${difference}): is there one with a priority of more than 500 for its name?`,
    );
  }
  say(`new indices ${PATTERNS}: get this template`);
}

/**
 * Indices that were written before this script ran first have a mapping of their own, and keep it.
 * @param {Settings} settings @param {Template} template @throws {SetupError}
 */
export async function checkOldIndices(settings, template) {
  const answer = await request(settings, 'GET', `/${PATTERNS}/_mapping`);
  if (answer.status !== 200) throw new SetupError(`the mappings of ${PATTERNS} cannot be read: ${describe(answer)}`);
  /** @type {[string, any][]} */
  const mappings = Object.entries(answer.body).map(([index, { mappings: found }]) => [index, found]);
  const open = mappings.filter(
    ([, found]) => String(found.dynamic) !== 'false' || found.properties?.extras?.type !== 'flattened',
  );
  if (open.length > 0) {
    const names = open.map(([index]) => index).join(', ');
    throw new SetupError(`made without this template, so records may be refused: ${names}; delete or reindex them`);
  }
  const older = mappings.filter(([, found]) => findAnyDifference(template.mappings, found) !== undefined).length;
  say(`existing indices: ${mappings.length}${older > 0 ? `, ${older} of them with an earlier mapping` : ''}`);
}
