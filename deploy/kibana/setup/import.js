import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { say, SetupError } from './failure.js';
import { ask, describe } from './server.js';

/** @typedef {import('./settings.js').Settings} Settings */

/** How many failed objects are named. */
const SHOWN_FAILURES = 10;

/**
 * Imports a file of saved objects; those that are there under the same ids are replaced. Kibana answers 200 also where it
 * has imported nothing, so its body is what counts.
 * @param {Settings} settings @param {URL} file
 * @throws {SetupError} That names what was not imported, and why.
 */
export async function importObjects(settings, file) {
  const text = readFileSync(file, 'utf8');
  const expected = text.split('\n').filter((line) => line !== '').length;
  if (expected === 0) throw new SetupError(`${file.pathname} is empty`);
  const answer = await ask(settings, 'POST', 'api/saved_objects/_import?overwrite=true', makeForm(text));
  if (answer.status !== 200) throw new SetupError(`Kibana refused the objects: ${describe(answer)}`);
  const { success, successCount = 0, errors = [] } = answer.body ?? {};
  if (success !== true || errors.length > 0) {
    const failures = errors.slice(0, SHOWN_FAILURES).map(describeFailure).join('; ');
    throw new SetupError(
      `Kibana imported ${successCount} of ${expected} objects: ${failures || JSON.stringify(answer.body).slice(0, 500)}`,
    );
  }
  if (successCount !== expected) throw new SetupError(`Kibana imported ${successCount} of ${expected} objects`);
  for (const warning of answer.body.warnings ?? []) say(`warning: ${warning?.message ?? JSON.stringify(warning)}`);
  say(`${expected} objects: imported`);
}

/**
 * A failed object and what is wrong with it.
 * @param {{ type?: string, id?: string, error?: { type?: string, message?: string, references?: { type: string, id: string }[] } }} failure
 */
function describeFailure({ type, id, error }) {
  const missing = (error?.references ?? []).map((reference) => `${reference.type} ${reference.id}`).join(', ');
  const reason = [error?.type, error?.message, missing].filter((part) => part !== undefined && part !== '').join(', ');
  return `${type} ${id} (${reason})`;
}

/** The file as a browser's form would send it. @param {string} text */
function makeForm(text) {
  const boundary = `barbossa-${randomUUID()}`;
  const head = [
    `--${boundary}`,
    'Content-Disposition: form-data; name="file"; filename="objects.ndjson"',
    'Content-Type: application/ndjson',
    '',
    '',
  ].join('\r\n');
  const bytes = Buffer.from(`${head}${text}\r\n--${boundary}--\r\n`);
  return { type: `multipart/form-data; boundary=${boundary}`, bytes };
}

/**
 * Looks whether the data views are there and ask for the right indices: the objects may have gone into another space.
 * @param {Settings} settings @param {URL} file @throws {SetupError}
 */
export async function checkDataViews(settings, file) {
  const objects = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const { id, attributes } of objects.filter(({ type }) => type === 'index-pattern')) {
    const answer = await ask(settings, 'GET', `api/data_views/data_view/${id}`);
    const title = answer.body?.data_view?.title;
    if (answer.status !== 200) throw new SetupError(`the data view ${id} is not there: ${describe(answer)}`);
    if (title !== attributes.title) throw new SetupError(`the data view ${id} asks for "${title}"`);
    say(`data view ${attributes.name} (${title}): there`);
  }
}
