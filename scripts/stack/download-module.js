import { MissingError } from './missing.js';
import { runTool } from './run-tool.js';

/**
 * Downloads a Go module, the sum of which is compared here: the checksum database is not asked.
 * @param {import('./versions.js').GoModule} source
 * @param {{ work: string, needed: string }} options `needed` names Go to a person.
 * @returns {Promise<string>} Its folder, which nobody may write to.
 * @throws {MissingError} Where it cannot be had, or is not what it was.
 */
export async function downloadModule({ module, moduleVersion, sum }, { work, needed }) {
  const env = { ...process.env, GOWORK: 'off', GOFLAGS: '', GONOSUMDB: module };
  const name = `${module}@${moduleVersion}`;
  const answer = await runTool('go', ['mod', 'download', '-json', name], { cwd: work, env, needed });
  const found = /"Sum": "(.+)"/.exec(answer)?.[1];
  const folder = /"Dir": "(.+)"/.exec(answer)?.[1];
  if (folder === undefined || found !== sum) throw new MissingError(`${name} is not what it was: ${found}`);
  return folder;
}
