import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPrometheus } from './install-prometheus.js';
import { runWithHosts } from './named-hosts.js';
import { fromRoot } from './paths.js';
import { findReachable, give } from './unprivileged.js';
import { startWebServer } from './web-server.js';

/** What prometheus.yml asks for at its top; deploy/ gives the same. */
export const PROMETHEUS_ARGS = ['--enable-feature=exemplar-storage'];

/** Where prometheus.yml expects the login for the applications' metrics. */
const LOGIN_FILE = '/run/secrets/metrics.token';

/**
 * deploy/prometheus/ in a folder of its own, with a login that is there. @param {string} folder
 * @returns {string} Its prometheus.yml.
 */
export function copyConfig(folder) {
  const config = join(folder, 'config');
  cpSync(fromRoot('deploy/prometheus'), config, { recursive: true });
  const login = join(folder, 'metrics.token');
  writeFileSync(login, 'a-token-of-the-tests');
  give(login);
  const file = join(config, 'prometheus.yml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(LOGIN_FILE, login));
  return file;
}

/**
 * @typedef {object} PrometheusOptions
 * @property {Readonly<Record<string, string>>} [hosts] Addresses of the hosts in prometheus.yml. Default: none is found.
 * @property {string[]} [args] More of its options.
 * @property {Record<string, string>} [env] Settings of prometheus.yml.
 * @property {string} [address] One of this machine. Default: 127.0.0.1.
 * @property {number} [port] Default: a free one. @property {string} [folder] Where its data is.
 */

/**
 * A Prometheus that runs, or will again.
 * @typedef {Awaited<ReturnType<typeof startPrometheus>>} Prometheus
 */

/**
 * Starts Prometheus with deploy/prometheus/ on the loopback address. Resolves when it is ready.
 * @param {PrometheusOptions} [options]
 * @throws {import('./missing.js').MissingError} Where it is not installed.
 * @throws {Error} With what it printed, where it does not come up.
 */
export async function startPrometheus({ hosts, args = [], env = {}, address, port, folder } = {}) {
  const { program } = findPrometheus();
  const server = await startWebServer({
    name: 'Prometheus',
    readyPath: '/-/ready',
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(folder === undefined ? {} : { folder }),
    describe: (given) => {
      const command = [
        join(findReachable(join(program, '..'), join(given.folder, 'home')), 'prometheus'),
        `--config.file=${copyConfig(given.folder)}`,
        `--storage.tsdb.path=${join(given.folder, 'data')}`,
        `--web.listen-address=${given.address}:${given.port}`,
        ...PROMETHEUS_ARGS,
        ...args,
      ];
      const [first = '', ...rest] =
        hosts === undefined ? command : runWithHosts(command, { folder: given.folder, hosts });
      return { command: first, args: rest, env };
    },
  });
  /** What its API answers, below /api/v1/. @param {string} path @param {Record<string, string>} [parameters] @returns {Promise<any>} */
  const ask = async (path, parameters = {}) => {
    const answer = await fetch(`${server.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const { status, data, error } = /** @type {any} */ (await answer.json());
    if (status !== 'success') throw new Error(`Prometheus: ${path}: ${error}`);
    return data;
  };
  return {
    server,
    url: server.url,
    ask,
    /** The result of an instant query. @param {string} query @returns {Promise<{ metric: Record<string, string>, value: [number, string] }[]>} */
    query: async (query) => (await ask('query', { query })).result,
    /** Ends it, and removes its folder unless it was given. */
    stop: server.stop,
  };
}
