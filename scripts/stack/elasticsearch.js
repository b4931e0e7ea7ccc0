import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from './elasticsearch-client.js';
import { findJava } from './find-java.js';
import { findFreePorts } from './free-ports.js';
import { MissingError } from './missing.js';
import { ELASTICSEARCH_FOLDER, fromRoot } from './paths.js';
import { CONFIG_FILES, preparation, PREPARED_FOLDER } from './prepare-elasticsearch.js';
import { startOrStop, withControls } from './server-handle.js';
import { removeFolder, ServerProcess } from './server-process.js';
import { findReachable, give, giveAll, makeFolder, UNPRIVILEGED } from './unprivileged.js';
import { ELASTICSEARCH_JAVA } from './versions.js';

const START_MS = 180_000;

/** Up a quarter sooner. For measurements of throughput pass an empty text. */
const QUICK_START = '-XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch';

/**
 * @typedef {object} ElasticsearchOptions
 * @property {number} [heapMb] Default: 512.
 * @property {string} [prepared] A folder that prepare.sh filled. Default: the one that stack:install made.
 * @property {Record<string, string>} [settings] More settings, as `-E` takes them.
 * @property {string} [javaOptions]
 * @property {string} [folder] Where its data is. It stays when the server is stopped. Default: a new one in the system's
 *   temporary folder, which goes then.
 * @property {number} [port] Of the loopback address. Default: a free one.
 */

/**
 * An Elasticsearch that runs, or will again.
 * @typedef {Awaited<ReturnType<typeof startElasticsearch>>} Elasticsearch
 */

/**
 * Starts Elasticsearch as deploy/ ships it, with security and TLS, on the loopback address. Resolves when it answers;
 * setup.js has not run.
 * @param {ElasticsearchOptions} [options]
 * @throws {MissingError} Where it is not installed. @throws {Error} With what it printed, where it does not come up.
 */
export async function startElasticsearch({ folder, prepared, port, ...options } = {}) {
  requireElasticsearch();
  if (prepared === undefined) await preparation.install();
  const made = prepared ?? PREPARED_FOLDER;
  const place = folder ?? mkdtempSync(join(tmpdir(), 'barbossa-elasticsearch-'));
  mkdirSync(place, { recursive: true });
  const [freePort = 0, transportPort = 0] = await findFreePorts(2);
  const ports = { http: port ?? freePort, transport: transportPort };
  const server = makeServer(place, made, ports, options);
  const handle = makeHandle(server, { place, made, port: ports.http, keep: folder !== undefined });
  await startOrStop(handle.start, handle.stop);
  return handle;
}

/** @throws {MissingError} Where Elasticsearch is not installed. */
export function requireElasticsearch() {
  if (existsSync(ELASTICSEARCH_FOLDER)) return;
  throw new MissingError('Elasticsearch is not installed: npm run stack:install');
}

/**
 * @param {string} place @param {string} made @param {{ http: number, transport: number }} ports
 * @param {Pick<ElasticsearchOptions, 'heapMb' | 'settings' | 'javaOptions'>} options
 */
function makeServer(place, made, ports, { heapMb = 512, settings = {}, javaOptions = QUICK_START }) {
  give(place);
  const home = findReachable(ELASTICSEARCH_FOLDER, join(place, 'home'));
  copyConfig({ from: made, home, to: join(place, 'config') });
  return new ServerProcess({
    command: join(home, 'bin/elasticsearch'),
    args: buildArgs({
      'path.data': makeFolder(join(place, 'data')),
      'path.logs': makeFolder(join(place, 'logs')),
      'http.port': String(ports.http),
      'transport.port': String(ports.transport),
      // The disk of a test machine may be nearly full.
      'cluster.routing.allocation.disk.threshold_enabled': 'false',
      ...settings,
    }),
    cwd: place,
    ...UNPRIVILEGED,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: place,
      ES_TMPDIR: makeFolder(join(place, 'tmp')),
      ES_PATH_CONF: join(place, 'config'),
      ES_JAVA_HOME: findJava(ELASTICSEARCH_JAVA),
      ES_JAVA_OPTS: `-Xms${heapMb}m -Xmx${heapMb}m -Dlog4j2.disable.jmx=true ${javaOptions}`,
    },
  });
}

/** @param {ServerProcess} server @param {{ place: string, made: string, port: number, keep: boolean }} options */
function makeHandle(server, { place, made, port, keep }) {
  const url = `https://127.0.0.1:${port}`;
  const caFile = join(made, 'ca.crt');
  const client = createClient({ url, caFile });
  /** The password of barbossa_NAME. @param {string} name */
  const passwordOf = (name) => readFileSync(join(made, 'secrets', `${name}.password`), 'utf8').trim();
  /**
   * One request as barbossa_writer, _reader (default) or _setup; gives status and body, whatever the status.
   * @param {string} method @param {string} path @param {{ as?: 'writer' | 'reader' | 'setup', body?: unknown }} [options]
   */
  const request = (method, path, { as = 'reader', body } = {}) =>
    client.request(method, path, { auth: `barbossa_${as}:${passwordOf(as)}`, body });
  return withControls(server, {
    url,
    port,
    caFile,
    /** Where prepare.sh put its files. */
    prepared: made,
    /** Its own; data is in `data` below it. */
    folder: place,
    request,
    passwordOf,
    /** What a collector needs to write to it. */
    get writer() {
      return { url, caFile, user: 'barbossa_writer', password: passwordOf('writer') };
    },
    /** Starts it again after `kill` or `terminate`: same port, same data. */
    start: () => startAnswering(server, request),
    /** Ends it, and removes its folder unless it was given. */
    stop: async () => {
      client.close();
      await server.kill();
      if (!keep) removeFolder(place);
    },
  });
}

/** @param {ServerProcess} server @param {(method: string, path: string) => Promise<{ status: number }>} request */
async function startAnswering(server, request) {
  const isReady = async () =>
    (await request('GET', '/_cluster/health?wait_for_status=yellow&timeout=1s')).status === 200;
  await server.startUntilReady({ name: 'Elasticsearch', isReady, timeoutMs: START_MS, everyMs: 200 });
}

/** @param {{ from: string, home: string, to: string }} folders */
function copyConfig({ from, home, to }) {
  makeFolder(to);
  cpSync(join(from, 'config'), to, { recursive: true });
  for (const name of ['jvm.options', 'log4j2.properties']) cpSync(join(home, 'config', name), join(to, name));
  for (const name of CONFIG_FILES) cpSync(fromRoot(`deploy/elasticsearch/${name}`), join(to, name));
  makeFolder(join(to, 'jvm.options.d'));
  giveAll(to);
}

/** @param {Record<string, string>} settings */
function buildArgs(settings) {
  return Object.entries(settings).flatMap(([name, value]) => ['-E', `${name}=${value}`]);
}
