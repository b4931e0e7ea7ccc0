import { execFileSync } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { findComposeCheck } from './install-compose-check.js';
import { fromRoot } from './paths.js';

/**
 * @typedef {object} Mount
 * @property {'bind' | 'volume' | 'tmpfs'} type
 * @property {string} [source] A path, or the name of a volume.
 * @property {string} target
 * @property {boolean} [read_only]
 * @property {{ subpath?: string }} [volume] The folder of the volume that is mounted. Default: all of it.
 *
 * @typedef {object} Service
 * @property {string} image
 * @property {{ context: string, dockerfile: string, args?: Record<string, string> }} [build]
 * @property {string[] | null} [entrypoint] Absent or null: the image's.
 * @property {string[] | null} [command] Absent or null: the image's.
 * @property {Record<string, string | null>} [environment]
 * @property {string} [user]
 * @property {Mount[]} [volumes]
 * @property {string[]} [tmpfs]
 * @property {boolean} [read_only]
 * @property {boolean} [privileged]
 * @property {string[]} [cap_add]
 * @property {string[]} [cap_drop]
 * @property {string[]} [security_opt]
 * @property {string} [restart]
 * @property {string} [mem_limit] Bytes.
 * @property {Record<string, { condition: string, required: boolean }>} [depends_on]
 * @property {{ test: string[], timeout?: string }} [healthcheck]
 * @property {Record<string, { aliases?: string[] } | null>} [networks]
 * @property {{ host_ip?: string, published?: string, target: number }[]} [ports]
 * @property {Record<string, string>} [labels]
 * @property {{ driver?: string, options?: Record<string, string> }} [logging]
 * @property {string} [x-root-reason] Why it runs as root.
 *
 * @typedef {object} Model
 * @property {Record<string, Service>} services Those of the profile.
 * @property {Record<string, unknown>} volumes
 * @property {Record<string, { name: string }>} networks
 */

/**
 * What compose files of deploy/ come to, as `docker compose` reads them.
 * @param {object} options
 * @param {string} [options.profile] Default: what COMPOSE_PROFILES in `env` or `envFile` says.
 * @param {readonly string[]} [options.files] In deploy/, or absolute paths. Default: compose.yaml.
 * @param {Readonly<Record<string, string>>} [options.env] All variables that there are. Default: none.
 * @param {string} [options.envFile] In deploy/, or an absolute path. Default: none, whether there is a .env or not.
 * @returns {Model}
 * @throws {import('./missing.js').MissingError} Where the reader is not installed.
 * @throws {Error} That says what is wrong in the files; a warning is wrong too.
 */
export function readComposeModel({ profile, files = ['compose.yaml'], env = {}, envFile }) {
  const place = (/** @type {string} */ file) => (isAbsolute(file) ? file : fromRoot(`deploy/${file}`));
  const args = [
    ['-env-file', envFile === undefined ? '/dev/null' : place(envFile)],
    profile === undefined ? [] : ['-profile', profile],
    files.map(place),
  ].flat();
  const options = { env, encoding: /** @type {const} */ ('utf8'), stdio: /** @type {const} */ ('pipe') };
  return JSON.parse(execFileSync(findComposeCheck().program, args, options));
}

/** The names by which a service is found in the network. @param {string} name @param {Service} service @returns {string[]} */
export function listHostNames(name, { networks }) {
  return [name, ...Object.values(networks ?? {}).flatMap((network) => network?.aliases ?? [])];
}
