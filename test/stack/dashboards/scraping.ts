import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { startNodeExporter, startPostgresExporter, startRedisExporter } from '../../../scripts/stack/exporters.js';
import { findPrometheus } from '../../../scripts/stack/install-prometheus.js';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { findReachable } from '../../../scripts/stack/unprivileged.js';
import { startWebServer } from '../../../scripts/stack/web-server.js';

/** Where the services of compose.yaml are here, as `web:9464` to `127.0.0.1:PORT`. */
export type Addresses = Readonly<Record<string, string>>;

interface Job {
  readonly job_name: string;
  readonly authorization?: unknown;
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
const SETTINGS = { BARBOSSA_GRAFANA_URL: 'http://grafana', BARBOSSA_RUNBOOKS_URL: 'http://runbooks' };

/**
 * Starts Prometheus with the shipped jobs and rules: only addresses and intervals are others. Jobs without an address
 * here are left out.
 */
export function startPrometheus(addresses: Addresses, everySeconds: number) {
  const folder = join(findPrometheus().program, '..');
  return startWebServer({
    name: 'Prometheus',
    readyPath: '/-/ready',
    describe: (given) => {
      const own = `${given.address}:${given.port}`;
      const rules = findReachable(FOLDER, join(given.folder, 'config'));
      const config = configure({ addresses: { ...addresses, 'prometheus:9090': own }, everySeconds, rules });
      writeFileSync(join(given.folder, 'prometheus.yml'), config);
      return {
        command: join(findReachable(folder, join(given.folder, 'home')), 'prometheus'),
        args: [
          `--config.file=${join(given.folder, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(given.folder, 'data')}`,
          `--web.listen-address=${own}`,
        ],
        env: SETTINGS,
      };
    },
  });
}

interface Configured {
  readonly addresses: Addresses;
  readonly everySeconds: number;
  /** Where its user reads deploy/prometheus/. */
  readonly rules: string;
}

function configure({ addresses, everySeconds, rules }: Configured): string {
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
  config.rule_files = config.rule_files.map((file) => join(rules, file));
  // The applications here ask for no login.
  config.scrape_configs = [...config.scrape_configs, ...more].flatMap((job) => {
    const [first] = job.static_configs;
    const targets = (first?.targets ?? []).flatMap((target) => addresses[target] ?? []);
    return targets.length === 0 ? [] : [{ ...job, authorization: undefined, static_configs: [{ ...first, targets }] }];
  });
  return stringify(config);
}

/** Starts the three exporters, of this machine and of the servers at the given URLs. */
export async function startExporters(servers: { readonly redis: string; readonly postgres: string }) {
  const [node, redis, postgres] = await Promise.all([
    startNodeExporter(),
    startRedisExporter({ url: servers.redis }),
    startPostgresExporter({ url: servers.postgres }),
  ]);
  const addresses: Addresses = {
    'node-exporter:9100': `127.0.0.1:${node.port}`,
    'redis-exporter:9121': `127.0.0.1:${redis.port}`,
    'postgres-exporter:9187': `127.0.0.1:${postgres.port}`,
  };
  const stop = async (): Promise<void> => {
    await Promise.all([node, redis, postgres].map((exporter) => exporter.stop()));
  };
  return { addresses, stop };
}
