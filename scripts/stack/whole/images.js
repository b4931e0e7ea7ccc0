import { ELASTICSEARCH_JAVA } from '../versions.js';
import { findJava } from '../find-java.js';
import { findAlertmanager } from '../install-alertmanager.js';
import { findComposeCheck } from '../install-compose-check.js';
import { findNodeExporter } from '../install-node-exporter.js';
import { findPostgres } from '../install-postgres.js';
import { findPrometheus } from '../install-prometheus.js';
import { findRedis } from '../install-redis.js';
import { findPostgresExporter, findRedisExporter } from '../install-server-exporters.js';
import { COLLECTOR_BINARY, ELASTICSEARCH_FOLDER, fromRoot } from '../paths.js';
import { readDockerfile } from './dockerfile.js';

/** @typedef {import('./container.js').Image} Image */

const NODE = { '/usr/local/bin/node': process.execPath };
const ENTRYPOINT = '/usr/local/bin/docker-entrypoint.sh';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Stands in for the images of compose.yaml, by their names. Grafana and Kibana are in no registry of packages.
 * @type {Record<string, () => Image>}
 */
const IMAGES = {
  node: () => ({ files: NODE }),
  'barbossa-sample': () => {
    const image = readDockerfile('deploy/sample/Dockerfile');
    const built = { '/app/node_modules': fromRoot('node_modules'), '/app/dist': fromRoot('dist') };
    return {
      ...image,
      files: { ...NODE, ...image.files, ...built },
      owners: { '/var/spool/barbossa': '10002:10002' },
    };
  },
  'barbossa-collector': () => ({
    ...readDockerfile('deploy/collector/Dockerfile'),
    files: { '/bin/otelcol': COLLECTOR_BINARY, '/bin/is-healthy': findComposeCheck().isHealthy },
    owners: { '/var/lib/otelcol': '10001:10001' },
  }),
  postgres: () => {
    const { programs, libraries, folder } = findPostgres();
    const { files, env } = unpacked('/opt/postgres', folder, programs, libraries);
    return {
      files: { ...files, [ENTRYPOINT]: fromRoot('scripts/stack/whole/postgres-entrypoint.sh') },
      env,
      entrypoint: [ENTRYPOINT],
      owners: { '/var/lib/postgresql/data': '999:999:1777' },
    };
  },
  redis: () => {
    const { program, libraries, folder } = findRedis();
    return {
      ...unpacked('/opt/redis', folder, program.replace(/\/[^/]+$/, ''), libraries),
      owners: { '/data': '999:999' },
    };
  },
  'docker.elastic.co/elasticsearch/elasticsearch': () => ({
    files: {
      '/usr/share/elasticsearch': ELASTICSEARCH_FOLDER,
      '/bin/tini': fromRoot('scripts/stack/whole/tini.sh'),
    },
    folder: '/usr/share/elasticsearch',
    env: {
      ES_JAVA_HOME: findJava(ELASTICSEARCH_JAVA),
      // There is no limit to the memory of its container here, by which it would choose.
      ES_JAVA_OPTS: '-Xms512m -Xmx512m -Dlog4j2.disable.jmx=true -XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch',
    },
    owners: { '/usr/share/elasticsearch/data': '1000:0' },
  }),
  'prom/prometheus': () => ({
    files: { '/bin/prometheus': findPrometheus().program },
    entrypoint: ['/bin/prometheus'],
    folder: '/prometheus',
    owners: { '/prometheus': '65534:65534' },
  }),
  'prom/alertmanager': () => ({
    files: { '/bin/alertmanager': findAlertmanager().program },
    entrypoint: ['/bin/alertmanager'],
    folder: '/alertmanager',
    owners: { '/alertmanager': '65534:65534' },
  }),
  'prom/node-exporter': () => ({
    files: { '/bin/node_exporter': findNodeExporter() },
    entrypoint: ['/bin/node_exporter'],
  }),
  'prometheuscommunity/postgres-exporter': () => ({
    files: { '/bin/postgres_exporter': findPostgresExporter() },
    entrypoint: ['/bin/postgres_exporter'],
  }),
  'oliver006/redis_exporter': () => ({
    files: { '/redis_exporter': findRedisExporter() },
    entrypoint: ['/redis_exporter'],
  }),
};

/**
 * What stands in for an image; undefined where nothing can.
 * @param {string} name With its tag. @returns {Image | undefined}
 * @throws {import('../missing.js').MissingError} Where it is not installed.
 */
export function findImage(name) {
  return IMAGES[name.replace(/:[^:/]*$/, '')]?.();
}

/**
 * Programs that a Debian package was unpacked into a folder for, or the system's.
 * @param {string} target @param {string | undefined} folder @param {string} programs @param {string} libraries
 * @returns {{ files: Record<string, string>, env: Record<string, string> }}
 */
function unpacked(target, folder, programs, libraries) {
  if (folder === undefined) return { files: {}, env: { PATH: `${programs}:${PATH}` } };
  const move = (/** @type {string} */ path) => path.replaceAll(folder, target);
  return {
    files: { [target]: folder },
    env: { PATH: `${move(programs)}:${PATH}`, LD_LIBRARY_PATH: move(libraries) },
  };
}
