import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { findFreePorts } from '../../../scripts/stack/free-ports.js';
import { findNodeExporter } from '../../../scripts/stack/install-node-exporter.js';
import { findPrometheus } from '../../../scripts/stack/install-prometheus.js';
import { findPostgresExporter, findRedisExporter } from '../../../scripts/stack/install-server-exporters.js';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { removeFolder, ServerProcess } from '../../../scripts/stack/server-process.js';
import { HopelessError, waitUntil } from '../../../scripts/stack/wait-until.js';

/** Where the services of compose.yaml are here, as `web:9464` to `127.0.0.1:PORT`. */
export type Addresses = Readonly<Record<string, string>>;

interface Job {
  readonly job_name: string;
  readonly static_configs: { targets: string[] }[];
}

interface Configuration {
  global: Record<string, unknown>;
  rule_files: string[];
  scrape_config_files?: string[];
  scrape_configs: Job[];
  alerting?: unknown;
}

const FOLDER = fromRoot('deploy/prometheus');
const BASE_ENV = { PATH: process.env['PATH'] ?? '', HOME: tmpdir() };

/**
 * Starts Prometheus with the shipped jobs and rules: only addresses and intervals are others. Jobs without an address
 * here are left out.
 */
export async function startPrometheus(addresses: Addresses, everySeconds: number) {
  const place = mkdtempSync(join(tmpdir(), 'barbossa-prometheus-'));
  const [port = 0] = await findFreePorts(1);
  const own = `127.0.0.1:${port}`;
  writeFileSync(join(place, 'prometheus.yml'), configure({ ...addresses, 'prometheus:9090': own }, everySeconds));
  const server = new ServerProcess({
    command: findPrometheus().program,
    args: [
      `--config.file=${join(place, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(place, 'data')}`,
      `--web.listen-address=${own}`,
    ],
    env: { ...BASE_ENV, BARBOSSA_GRAFANA_URL: 'http://grafana', BARBOSSA_RUNBOOKS_URL: 'http://runbooks' },
  });
  const stop = async (): Promise<void> => {
    await server.kill();
    removeFolder(place);
  };
  const url = `http://${own}`;
  await startAnswering(server, `${url}/-/ready`, 'Prometheus').catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url, stop };
}

function configure(addresses: Addresses, everySeconds: number): string {
  const config = parse(readFileSync(join(FOLDER, 'prometheus.yml'), 'utf8')) as Configuration;
  const more = readdirSync(join(FOLDER, 'scrape')).flatMap((name) => {
    const file = parse(readFileSync(join(FOLDER, 'scrape', name), 'utf8')) as { scrape_configs: Job[] };
    return file.scrape_configs;
  });
  delete config.scrape_config_files;
  delete config.alerting;
  config.global = {
    ...config.global,
    scrape_interval: `${everySeconds}s`,
    scrape_timeout: `${everySeconds}s`,
    evaluation_interval: `${everySeconds}s`,
  };
  config.rule_files = config.rule_files.map((file) => join(FOLDER, file));
  config.scrape_configs = [...config.scrape_configs, ...more].flatMap((job) => {
    const [first] = job.static_configs;
    const targets = (first?.targets ?? []).flatMap((target) => addresses[target] ?? []);
    return targets.length === 0 ? [] : [{ ...job, static_configs: [{ ...first, targets }] }];
  });
  return stringify(config);
}

/** Starts the three exporters, of this machine and of the servers at the given URLs. */
export async function startExporters(servers: { readonly redis: string; readonly postgres: string }) {
  const [node = 0, redis = 0, postgres = 0] = await findFreePorts(3);
  const exporters = [
    start(findNodeExporter(), node, [`--web.listen-address=127.0.0.1:${node}`], {}),
    start(findRedisExporter(), redis, [`-web.listen-address=127.0.0.1:${redis}`, `-redis.addr=${servers.redis}`], {}),
    start(findPostgresExporter(), postgres, [`--web.listen-address=127.0.0.1:${postgres}`], {
      DATA_SOURCE_NAME: `${servers.postgres}?sslmode=disable`,
    }),
  ];
  const stop = async (): Promise<void> => {
    await Promise.all(exporters.map(({ server }) => server.kill()));
  };
  try {
    for (const { server, url } of exporters) await startAnswering(server, url, 'exporter');
  } catch (error) {
    await stop();
    throw error;
  }
  const addresses: Addresses = {
    'node-exporter:9100': `127.0.0.1:${node}`,
    'redis-exporter:9121': `127.0.0.1:${redis}`,
    'postgres-exporter:9187': `127.0.0.1:${postgres}`,
  };
  return { addresses, stop };
}

function start(command: string, port: number, args: string[], env: Record<string, string>) {
  const server = new ServerProcess({ command, args, env: { ...BASE_ENV, ...env } });
  return { server, url: `http://127.0.0.1:${port}/metrics` };
}

async function startAnswering(server: ServerProcess, url: string, what: string): Promise<void> {
  server.start();
  await waitUntil(
    async () => {
      if (!server.running) throw new HopelessError(`${what} ended at once:\n${server.output.slice(-4000)}`);
      return (await fetch(url)).ok;
    },
    { what, detail: () => server.output.slice(-4000) },
  );
}
