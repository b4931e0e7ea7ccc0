import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installNode } from '../../project/nodes.js';
import { findJava } from '../find-java.js';
import { findAlertmanager } from '../install-alertmanager.js';
import { findNodeExporter } from '../install-node-exporter.js';
import { findPrometheus } from '../install-prometheus.js';
import { findPostgresExporter, findRedisExporter } from '../install-server-exporters.js';
import { ELASTICSEARCH_FOLDER, fromRoot } from '../paths.js';
import { runTool } from '../run-tool.js';
import { ELASTICSEARCH_JAVA } from '../versions.js';
import { findDocker } from './install-docker.js';

const DOCKERFILE = fromRoot('scripts/stack/docker/stand-ins.Dockerfile');
const AUTHORITIES = '/etc/ssl/certs';

/** Targets of the Dockerfile, by the names of the images that they stand in for. @type {Record<string, string>} */
const TARGETS = {
  node: 'node',
  golang: 'golang',
  postgres: 'postgres',
  redis: 'redis',
  'docker.elastic.co/elasticsearch/elasticsearch': 'elasticsearch',
  'prom/prometheus': 'prometheus',
  'prom/alertmanager': 'alertmanager',
  'prom/node-exporter': 'node-exporter',
  'prometheuscommunity/postgres-exporter': 'postgres-exporter',
  'oliver006/redis_exporter': 'redis-exporter',
};

/**
 * Builds what stands in for images, under their very names.
 * @param {import('./daemon.js').Daemon} daemon With this machine's network: two of them take packages of Debian's.
 * @param {readonly string[]} images With their tags. @param {(line: string) => void} say Told of each.
 * @returns {Promise<string[]>} Those that nothing can stand in for.
 * @throws {import('../missing.js').MissingError} Where a program is not installed. @throws {Error} Where it fails.
 */
export async function buildStandIns(daemon, images, say) {
  const contexts = await findContexts(images);
  const more = Object.entries(contexts).flatMap(([name, folder]) => [
    '--build-context',
    `its-${name}=${realpathSync(folder)}`,
  ]);
  const missing = [];
  for (const image of images) {
    const target = TARGETS[image.replace(/:[^:/]*$/, '')];
    if (target === undefined) {
      missing.push(image);
      continue;
    }
    say(`${image}: builds what stands in for it`);
    const what = ['--file', DOCKERFILE, '--target', target, '--tag', image, '--network', 'host'];
    await daemon.execute(['buildx', 'build', '--quiet', ...what, ...more, findDocker().base]);
  }
  return missing;
}

/** Folders of this machine by their names in the Dockerfile, there with `its-` before them. @param {readonly string[]} images */
async function findContexts(images) {
  const nodeVersion = images
    .map((image) => /^node:(\d+\.\d+\.\d+)/.exec(image)?.[1])
    .find((found) => found !== undefined);
  const needed = 'Go (`go`) and npm: they go into images that build with them';
  return {
    authorities: AUTHORITIES,
    node: dirname(nodeVersion === undefined ? process.execPath : await installNode(nodeVersion)),
    npm: join(await runTool('npm', ['root', '--global'], { needed }), 'npm'),
    go: await runTool('go', ['env', 'GOROOT'], { needed }),
    scripts: fromRoot('scripts/stack/whole'),
    system: findDocker().system,
    elasticsearch: ELASTICSEARCH_FOLDER,
    jdk: findJava(ELASTICSEARCH_JAVA),
    prometheus: dirname(findPrometheus().program),
    alertmanager: dirname(findAlertmanager().program),
    'node-exporter': dirname(findNodeExporter()),
    'postgres-exporter': dirname(findPostgresExporter()),
    'redis-exporter': dirname(findRedisExporter()),
  };
}
