import { dirname, join, basename } from 'node:path';
import { findNodeExporter } from './install-node-exporter.js';
import { findPostgresExporter, findRedisExporter } from './install-server-exporters.js';
import { findReachable } from './unprivileged.js';
import { startWebServer } from './web-server.js';

/**
 * Starts the node exporter on the loopback address.
 * @param {{ args?: string[], address?: string, port?: number }} [options] `args`: more of its options.
 * @throws {import('./missing.js').MissingError} Where it is not installed.
 */
export function startNodeExporter({ args = [], ...place } = {}) {
  return startExporter({
    name: 'node exporter',
    program: findNodeExporter(),
    place,
    args: (listen) => [`--web.${listen}`, ...args],
  });
}

/**
 * Starts the exporter for a Redis on the loopback address. It comes up whether the Redis is there or not.
 * @param {{ url: string, password?: string, address?: string, port?: number }} options `url`: without the password.
 * @throws {import('./missing.js').MissingError} Where it is not installed.
 */
export function startRedisExporter({ url, password = '', ...place }) {
  return startExporter({
    name: 'Redis exporter',
    program: findRedisExporter(),
    place,
    args: (listen) => [`-web.${listen}`],
    env: { REDIS_ADDR: url, REDIS_PASSWORD: password },
  });
}

/**
 * Starts the exporter for a PostgreSQL on the loopback address. It comes up whether the PostgreSQL is there or not.
 * @param {{ url: string, address?: string, port?: number }} options `url`: with user and password, in which this version of it
 *   takes no blank.
 * @throws {import('./missing.js').MissingError} Where it is not installed.
 */
export function startPostgresExporter({ url, ...place }) {
  return startExporter({
    name: 'PostgreSQL exporter',
    program: findPostgresExporter(),
    place,
    args: (listen) => [`--web.${listen}`],
    env: { DATA_SOURCE_NAME: `${url}?sslmode=disable` },
  });
}

/**
 * @param {object} exporter
 * @param {string} exporter.name @param {string} exporter.program @param {{ address?: string, port?: number }} exporter.place
 * @param {(listen: string) => string[]} exporter.args @param {Record<string, string>} [exporter.env]
 */
function startExporter({ name, program, place, args, env = {} }) {
  return startWebServer({
    name,
    readyPath: '/',
    ...place,
    describe: (given) => ({
      command: join(findReachable(dirname(program), join(given.folder, 'home')), basename(program)),
      args: args(`listen-address=${given.address}:${given.port}`),
      env,
    }),
  });
}
