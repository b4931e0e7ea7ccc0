import { delimiter, join } from 'node:path';
import { findAlertmanager } from './install-alertmanager.js';
import { runWithHosts } from './named-hosts.js';
import { fromRoot } from './paths.js';
import { findReachable } from './unprivileged.js';
import { startWebServer } from './web-server.js';

/**
 * @typedef {object} AlertmanagerOptions
 * @property {Record<string, string>} [env] Settings of alertmanager.yml.
 * @property {Readonly<Record<string, string>>} [hosts] Addresses of hosts that it calls.
 * @property {string[]} [args] More of its options.
 * @property {string} [address] One of this machine. Default: 127.0.0.1.
 * @property {number} [port] Default: a free one. @property {string} [folder] Where its data is.
 */

/** An alert, as its API takes it. @typedef {{ labels: Record<string, string>, annotations?: Record<string, string>, startsAt?: string, endsAt?: string, generatorURL?: string }} PostedAlert */

/**
 * An Alertmanager that runs, or will again.
 * @typedef {Awaited<ReturnType<typeof startAlertmanager>>} Alertmanager
 */

/**
 * Starts Alertmanager by deploy/alertmanager/start.sh on the loopback address, alone. Resolves when it is ready.
 * @param {AlertmanagerOptions} [options]
 * @throws {import('./missing.js').MissingError} Where it is not installed.
 * @throws {Error} With what it printed, where it does not come up.
 */
export async function startAlertmanager({ env = {}, hosts, args = [], address, port, folder } = {}) {
  const { program } = findAlertmanager();
  const server = await startWebServer({
    name: 'Alertmanager',
    readyPath: '/-/ready',
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(folder === undefined ? {} : { folder }),
    describe: (given) => {
      const programs = findReachable(join(program, '..'), join(given.folder, 'home'));
      const command = [
        '/bin/sh',
        join(findReachable(fromRoot('deploy/alertmanager'), join(given.folder, 'config')), 'start.sh'),
        `--storage.path=${join(given.folder, 'data')}`,
        `--web.listen-address=${given.address}:${given.port}`,
        '--cluster.listen-address=',
        ...args,
      ];
      const [first = '', ...rest] =
        hosts === undefined ? command : runWithHosts(command, { folder: given.folder, hosts });
      return { command: first, args: rest, env: { PATH: programs + delimiter + process.env['PATH'], ...env } };
    },
  });
  return {
    server,
    url: server.url,
    /** Gives it alerts, as Prometheus does. @param {readonly PostedAlert[]} alerts */
    post: async (alerts) => {
      const body = JSON.stringify(alerts);
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${server.url}/api/v2/alerts`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`Alertmanager answers ${answer.status}: ${await answer.text()}`);
    },
    /** Those that it has, with their state. @returns {Promise<any[]>} */
    list: async () => /** @type {any} */ (await (await fetch(`${server.url}/api/v2/alerts`)).json()),
    /** Ends it, and removes its folder unless it was given. */
    stop: server.stop,
  };
}
