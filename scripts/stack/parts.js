import { requireCollector } from './collector.js';
import { requireDisks } from './disk.js';
import { findDocker } from './docker/install-docker.js';
import { requireElasticsearch } from './elasticsearch.js';
import { findJava } from './find-java.js';
import { requireGo } from './install-collector.js';
import { findAlertmanager } from './install-alertmanager.js';
import { findCelery } from './install-celery.js';
import { findComposeCheck } from './install-compose-check.js';
import { findHelm } from './install-helm.js';
import { findKubeconform, findKubernetesServers } from './install-kubernetes.js';
import { requireKafka } from './kafka.js';
import { findNodeExporter } from './install-node-exporter.js';
import { findPostgres } from './install-postgres.js';
import { findPrometheus } from './install-prometheus.js';
import { findRedis } from './install-redis.js';
import { findPostgresExporter, findRedisExporter } from './install-server-exporters.js';
import { MissingError } from './missing.js';
import { requireMountNamespaces } from './mount-namespace.js';
import { ELASTICSEARCH_JAVA } from './versions.js';
import { requireContainers } from './whole/container.js';

/** What a test may name in its `@needs` comment, each with a check that throws a MissingError. @type {Record<string, () => void>} */
const PARTS = {
  collector: requireCollector,
  Elasticsearch: () => {
    requireElasticsearch();
    findJava(ELASTICSEARCH_JAVA);
  },
  Alertmanager: () => void findAlertmanager(),
  Helm: () => void findHelm(),
  'Kubernetes API server': () => void findKubernetesServers(),
  kubeconform: () => void findKubeconform(),
  Kafka: requireKafka,
  Docker: () => void findDocker(),
  Celery: () => void findCelery(),
  Prometheus: () => void findPrometheus(),
  'node exporter': () => void findNodeExporter(),
  'PostgreSQL exporter': () => void findPostgresExporter(),
  'Redis exporter': () => void findRedisExporter(),
  PostgreSQL: () => void findPostgres(),
  Redis: () => void findRedis(),
  'compose files': () => void findComposeCheck(),
  containers: requireContainers,
  disks: requireDisks,
  Go: requireGo,
  'mount namespaces': requireMountNamespaces,
};

/**
 * Why tests that need these parts cannot run here.
 * @param {readonly string[]} names @returns {string | undefined} `undefined`: they can.
 * @throws {TypeError} For a name that is not known.
 */
export function findMissingPart(names) {
  for (const name of names) {
    const check = PARTS[name];
    if (check === undefined) throw new TypeError(`@needs ${name}: there are ${Object.keys(PARTS).join(', ')}`);
    try {
      check();
    } catch (error) {
      if (error instanceof MissingError) return error.message;
      throw error;
    }
  }
  return undefined;
}
