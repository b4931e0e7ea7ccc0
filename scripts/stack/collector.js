import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from './free-ports.js';
import { MissingError } from './missing.js';
import { COLLECTOR_BINARY, fromRoot } from './paths.js';
import { removeFolder, ServerProcess } from './server-process.js';
import { waitUntil } from './wait-until.js';

/** So that nothing read from a container's file is in memory only; deploy/ gives the same option. */
export const COLLECTOR_FEATURE_GATES = 'stanza.synchronousLogEmitter';

/** Environment of a program that should see nothing of ours but what it is given. */
const BASE_ENV = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), TMPDIR: tmpdir() };

/**
 * Starts the collector with files of otel-collector/ on free ports of the loopback address; its queue is in a new
 * temporary folder. Resolves when it is healthy.
 * @param {object} options
 * @param {string[]} [options.configs] Files of otel-collector/, or absolute paths. Default: gateway.yaml.
 * @param {{ url: string, caFile?: string, user?: string, password?: string }} options.elasticsearch Where documents go.
 * @param {Record<string, string>} [options.env] More of its settings.
 */
export async function startCollector({ configs = ['gateway.yaml'], elasticsearch, env = {} }) {
  if (!existsSync(COLLECTOR_BINARY)) throw new MissingError('the collector is not installed: npm run stack:install');
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-collector-'));
  const [otlpPort, healthPort, metricsPort] = await findFreePorts(3);
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, elasticsearch.password ?? 'none', { mode: 0o600 });
  const server = new ServerProcess({
    command: COLLECTOR_BINARY,
    args: [...buildConfigArgs(configs), '--feature-gates', COLLECTOR_FEATURE_GATES],
    cwd: folder,
    env: {
      ...BASE_ENV,
      BARBOSSA_COLLECTOR_OTLP_ENDPOINT: `127.0.0.1:${otlpPort}`,
      BARBOSSA_COLLECTOR_HEALTH_ENDPOINT: `127.0.0.1:${healthPort}`,
      BARBOSSA_COLLECTOR_METRICS_PORT: String(metricsPort),
      BARBOSSA_COLLECTOR_QUEUE_DIR: join(folder, 'queue'),
      BARBOSSA_ELASTICSEARCH_URL: elasticsearch.url,
      BARBOSSA_ELASTICSEARCH_CA_FILE: elasticsearch.caFile ?? '',
      BARBOSSA_ELASTICSEARCH_USER: elasticsearch.user ?? 'barbossa_writer',
      BARBOSSA_ELASTICSEARCH_PASSWORD_FILE: passwordFile,
      ...env,
    },
  });
  const start = () => startHealthy(server, `http://127.0.0.1:${healthPort}`);
  const dispose = async () => {
    await server.kill();
    removeFolder(folder);
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${otlpPort}`,
    otlpPort,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    healthUrl: `http://127.0.0.1:${healthPort}`,
    /** Its own; queue and checkpoints are in `queue` below it. */
    folder,
    get pid() {
      return server.pid;
    },
    get output() {
      return server.output;
    },
    get exited() {
      return server.exited;
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    terminate: (options) => server.stop(options),
    /** Starts it again after `kill` or `terminate`: same ports, same queue. */
    start,
    /** Ends it and removes its folder. */
    stop: dispose,
  };
}

function buildConfigArgs(configs) {
  return configs.flatMap((config) => [
    '--config',
    config.startsWith('/') ? config : fromRoot(`otel-collector/${config}`),
  ]);
}

async function startHealthy(server, healthUrl) {
  server.start();
  await waitUntil(
    async () => {
      if (!server.running)
        throw Object.assign(new Error(`the collector ended at once:\n${server.output.slice(-4000)}`), { fatal: true });
      return (await fetch(healthUrl)).ok;
    },
    { what: 'collector healthy', detail: () => server.output.slice(-4000) },
  );
}
