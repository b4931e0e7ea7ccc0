import { findAnyDifference, findDifference } from './compare.js';
import { SetupError, say } from './failure.js';
import { describe, request } from './server.js';

/** @typedef {import('./settings.js').Settings} Settings */
/** @typedef {import('./server.js').Answer} Answer */

/** @typedef {import('./target.js').Target} Target */

/** @typedef {{ settings: Record<string, unknown>, mappings: Record<string, unknown> }} Template */

/**
 * An index, or an alias, that has the name of a data stream would take its records, without the template. Looks before
 * anything is stored.
 * @param {Settings} settings @param {Target} target @throws {SetupError}
 */
export async function checkNames(settings, { examples, template }) {
  if (template.data_stream === undefined) return;
  for (const name of examples) {
    const answer = await request(settings, 'GET', `/_resolve/index/${name}`);
    const [found] = [...(answer.body?.indices ?? []), ...(answer.body?.aliases ?? [])];
    if (found === undefined) continue;
    throw new SetupError(
      `${name} is an index or an alias, where a data stream of this name is to be: delete it, or set BARBOSSA_LOG_NAMESPACE, here and for the collector`,
    );
  }
}

/** Stores the ILM policy. @param {Settings} settings @param {Target} target @throws {SetupError} */
export async function applyPolicy(settings, { name, policy: wanted }) {
  const path = `/_ilm/policy/${name}`;
  if (settings.withoutIlm) {
    say('ILM: left out (--without-ilm); old indices are not deleted by this server');
    return;
  }
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
    // A phase that is no longer wanted is a difference too.
    compare: ({ body }) => {
      const found = body?.[name]?.policy;
      return findDifference(wanted.policy, found) ?? findExtraPhase(wanted.policy.phases, found.phases);
    },
    title: `ILM policy ${name} (${describePhases(settings)}deleted after ${settings.retentionDays} days)`,
  });
}

/** @param {object} wanted @param {object} found */
function findExtraPhase(wanted, found) {
  const extra = Object.keys(found).find((phase) => !(phase in wanted));
  return extra === undefined ? undefined : `phases.${extra} was added`;
}

/** @param {Settings} settings */
function describePhases({ warmDays, coldDays }) {
  const warm = warmDays === undefined ? '' : `warm after ${warmDays}, `;
  return coldDays === undefined ? warm : `${warm}cold after ${coldDays}, `;
}

/** Elasticsearch's answer where no part of it knows the path. @param {Answer} answer */
function lacksHandler({ status, body }) {
  return (status === 400 || status === 405) && JSON.stringify(body ?? '').includes('no handler found');
}

/**
 * Stores the index template, and gives what it holds.
 * @param {Settings} settings @param {Target} target @returns {Promise<Template>} @throws {SetupError}
 */
export async function applyTemplate(settings, { name, template: wanted }) {
  const path = `/_index_template/${name}`;
  await apply(settings, {
    path,
    wanted,
    before: await request(settings, 'GET', path),
    compare: ({ body }) => {
      const found = body?.index_templates?.[0]?.index_template;
      // A setting or a field that somebody added is a difference too.
      return findDifference(wanted, found) ?? findAnyDifference(wanted.template, found.template);
    },
    title: `index template ${name}`,
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
 * @param {Settings} settings @param {Target} target @param {Template} template @throws {SetupError}
 */
export async function checkNewIndices(settings, { examples, patterns }, template) {
  for (const index of examples) {
    const answer = await request(settings, 'POST', `/_index_template/_simulate_index/${index}`);
    if (answer.status !== 200) throw new SetupError(`what ${index} would get cannot be found out: ${describe(answer)}`);
    const got = answer.body.template;
    const difference =
      findDifference(template.settings, got.settings) ?? compareMappings(template.mappings, got.mappings);
    if (difference === undefined) continue;
    throw new SetupError(
      `an index ${index} would not get this template (${difference}): is there one with a priority of more than 500 for its name?`,
    );
  }
  say(`new indices ${patterns}: get this template`);
}

/** What differs. The server's own mark of a data stream is none. @param {object} wanted @param {any} found */
function compareMappings(wanted, found) {
  return findAnyDifference(wanted, { ...found, _data_stream_timestamp: undefined });
}

/**
 * Indices that were written before this script ran first have a mapping of their own, and keep it.
 * @param {Settings} settings @param {Target} target @param {Template} template @throws {SetupError}
 */
export async function checkOldIndices(settings, { patterns }, template) {
  const answer = await request(settings, 'GET', `/${patterns}/_mapping`);
  if (answer.status !== 200) throw new SetupError(`the mappings of ${patterns} cannot be read: ${describe(answer)}`);
  /** @type {[string, any][]} */
  const mappings = Object.entries(answer.body).map(([index, { mappings: found }]) => [index, found]);
  const open = mappings.filter(
    ([, found]) => String(found.dynamic) !== 'false' || found.properties?.extras?.type !== 'flattened',
  );
  if (open.length > 0) {
    const names = open.map(([index]) => index).join(', ');
    throw new SetupError(`made without this template, so records may be refused: ${names}; delete or reindex them`);
  }
  const older = mappings.filter(([, found]) => compareMappings(template.mappings, found) !== undefined).length;
  say(`existing indices: ${mappings.length}${older > 0 ? `, ${older} of them with an earlier mapping` : ''}`);
}
