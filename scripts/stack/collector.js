import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { findFreePorts } from './free-ports.js';
import { MissingError } from './missing.js';
import { COLLECTOR_BINARY, fromRoot } from './paths.js';
import { startOrStop, withControls } from './server-handle.js';
import { removeFolder, ServerProcess } from './server-process.js';

/** What gateway.yaml and container-logs.yaml ask for at their tops; deploy/ gives the same option. */
export const COLLECTOR_FEATURE_GATES = 'extension.healthcheck.useComponentStatus,stanza.synchronousLogEmitter';

/** Environment of a program that should see nothing of ours but what it is given. */
const BASE_ENV = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), TMPDIR: tmpdir() };

/**
 * Where a collector writes to.
 * @typedef {object} Destination
 * @property {string} url
 * @property {string} [caFile]
 * @property {string} [user]
 * @property {string} [password]
 */

/**
 * @typedef {object} CollectorPorts
 * @property {number} otlp
 * @property {number} health
 * @property {number} metrics
 */

/**
 * @typedef {object} CollectorOptions
 * @property {Destination} elasticsearch
 * @property {string[]} [configs] Files of otel-collector/, or absolute paths. Default: gateway.yaml.
 * @property {Record<string, string>} [env] More of its settings.
 * @property {string} [folder] Where its queue and checkpoints are, in `queue` below it. It stays when the collector is
 *   stopped. Default: a new one in the system's temporary folder, which goes then.
 * @property {CollectorPorts} [ports] Of the loopback address. Default: free ones.
 */

/**
 * A collector that runs, or will again.
 * @typedef {Awaited<ReturnType<typeof startCollector>>} Collector
 */

/**
 * Starts the collector with files of otel-collector/ on the loopback address. Resolves when it is healthy.
 * @param {CollectorOptions} options
 * @throws {MissingError} Where it is not installed. @throws {Error} With what it printed, where it does not come up.
 */
export async function startCollector({ configs = ['gateway.yaml'], elasticsearch, env = {}, folder, ports }) {
  requireCollector();
  const place = folder ?? mkdtempSync(join(tmpdir(), 'barbossa-collector-'));
  mkdirSync(place, { recursive: true });
  const { otlp, health, metrics } = ports ?? (await findCollectorPorts());
  const server = new ServerProcess({
    command: COLLECTOR_BINARY,
    args: [...buildConfigArgs(configs), '--feature-gates', COLLECTOR_FEATURE_GATES],
    cwd: place,
    env: {
      ...BASE_ENV,
      BARBOSSA_COLLECTOR_OTLP_ENDPOINT: `127.0.0.1:${otlp}`,
      BARBOSSA_COLLECTOR_HEALTH_ENDPOINT: `127.0.0.1:${health}`,
      BARBOSSA_COLLECTOR_METRICS_PORT: String(metrics),
      BARBOSSA_COLLECTOR_QUEUE_DIR: join(place, 'queue'),
      ...describeDestination(elasticsearch, place),
      ...env,
    },
  });
  const start = () => startHealthy(server, `http://127.0.0.1:${health}`);
  const stop = async () => {
    await server.kill();
    if (folder === undefined) removeFolder(place);
  };
  await startOrStop(start, stop);
  return withControls(server, {
    url: `http://127.0.0.1:${otlp}`,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    healthUrl: `http://127.0.0.1:${health}`,
    /** Its own; queue and checkpoints are in `queue` below it. */
    folder: place,
    /** Starts it again after `kill` or `terminate`: same ports, same queue. */
    start,
    /** Ends it, and removes its folder unless it was given. */
    stop,
  });
}

/** @throws {MissingError} Where the collector is not installed. */
export function requireCollector() {
  if (!existsSync(COLLECTOR_BINARY)) throw new MissingError('the collector is not installed: npm run stack:install');
}

/** Free ports for a collector. @returns {Promise<CollectorPorts>} */
export async function findCollectorPorts() {
  const [otlp = 0, health = 0, metrics = 0] = await findFreePorts(3);
  return { otlp, health, metrics };
}

/** @param {readonly string[]} configs */
export function buildConfigArgs(configs) {
  return configs.flatMap((config) => ['--config', isAbsolute(config) ? config : fromRoot(`otel-collector/${config}`)]);
}

/** @param {Destination} destination @param {string} folder Where the password is written for it. */
function describeDestination({ url, caFile = '', user = 'barbossa_writer', password = 'none' }, folder) {
  const passwordFile = join(folder, 'writer.password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  return {
    BARBOSSA_ELASTICSEARCH_URL: url,
    BARBOSSA_ELASTICSEARCH_CA_FILE: caFile,
    BARBOSSA_ELASTICSEARCH_USER: user,
    BARBOSSA_ELASTICSEARCH_PASSWORD_FILE: passwordFile,
  };
}

/** @param {ServerProcess} server @param {string} healthUrl */
async function startHealthy(server, healthUrl) {
  const isReady = async () => (await fetch(healthUrl)).ok;
  await server.startUntilReady({ name: 'the collector', isReady });
}
