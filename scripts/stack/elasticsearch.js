import { cpSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from './free-ports.js';
import { findJava } from './find-java.js';
import { MissingError } from './missing.js';
import { ELASTICSEARCH_FOLDER, fromRoot } from './paths.js';
import { CONFIG_FILES, preparation, PREPARED_FOLDER } from './prepare-elasticsearch.js';
import { removeFolder, ServerProcess } from './server-process.js';
import { findReachable, give, giveAll, makeFolder, UNPRIVILEGED } from './unprivileged.js';
import { ELASTICSEARCH_JAVA } from './versions.js';
import { waitUntil } from './wait-until.js';

/** Up a quarter sooner. For measurements of throughput pass an empty text. */
const QUICK_START = '-XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch';

/**
 * Starts Elasticsearch as deploy/ ships it, with security and TLS, on a free port of the loopback address, with data in a
 * new temporary folder. Resolves when it answers; setup.js has not run.
 * @param {object} [options]
 * @param {number} [options.heapMb] Default: 512.
 * @param {string} [options.prepared] A folder that prepare.sh filled. Default: the one that stack:install made.
 * @param {Record<string, string>} [options.settings] More settings, as `-E` takes them.
 * @param {string} [options.javaOptions]
 */
export async function startElasticsearch({ heapMb = 512, prepared, settings = {}, javaOptions = QUICK_START } = {}) {
  if (!existsSync(ELASTICSEARCH_FOLDER))
    throw new MissingError('Elasticsearch is not installed: npm run stack:install');
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-elasticsearch-'));
  try {
    return await startIn(folder, { heapMb, prepared, settings, javaOptions });
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
}

async function startIn(folder, { heapMb, prepared, settings, javaOptions }) {
  give(folder);
  const home = findReachable(ELASTICSEARCH_FOLDER, join(folder, 'home'));
  const java = findJava(ELASTICSEARCH_JAVA);
  const made = prepared ?? PREPARED_FOLDER;
  if (prepared === undefined) await preparation.install();
  copyConfig({ from: made, home, to: join(folder, 'config') });
  const [port, transportPort] = await findFreePorts(2);
  const server = new ServerProcess({
    command: join(home, 'bin/elasticsearch'),
    args: buildArgs(folder, { 'http.port': port, 'transport.port': transportPort, ...settings }),
    cwd: folder,
    ...UNPRIVILEGED,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      ES_TMPDIR: makeFolder(join(folder, 'tmp')),
      ES_PATH_CONF: join(folder, 'config'),
      ES_JAVA_HOME: java,
      ES_JAVA_OPTS: `-Xms${heapMb}m -Xmx${heapMb}m -Dlog4j2.disable.jmx=true ${javaOptions}`,
    },
  });
  const handle = describe({ server, folder, made, url: `https://127.0.0.1:${port}` });
  try {
    await handle.start();
  } catch (error) {
    await handle.stop();
    throw error;
  }
  return handle;
}

function describe({ server, folder, made, url }) {
  const caFile = join(made, 'ca.crt');
  const ca = readFileSync(caFile);
  const agent = new https.Agent({ keepAlive: true, ca });
  const passwordOf = (name) => readFileSync(join(made, 'secrets', `${name}.password`), 'utf8').trim();
  /** One request as writer, reader (default) or setup; gives status and body, whatever the status. */
  const request = (method, path, { as = 'reader', body } = {}) =>
    send(new URL(path, url), { agent, method, auth: `barbossa_${as}:${passwordOf(as)}`, body });
  return {
    url,
    port: Number(new URL(url).port),
    caFile,
    /** Where prepare.sh put its files. */
    prepared: made,
    folder,
    request,
    passwordOf,
    /** What a collector needs to write to it. */
    get writer() {
      return { url, caFile, user: 'barbossa_writer', password: passwordOf('writer') };
    },
    get pid() {
      return server.pid;
    },
    get output() {
      return server.output;
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    terminate: (options) => server.stop(options),
    /** Starts it again after `kill` or `terminate`: same port, same data. */
    start: () => startAnswering(server, request),
    /** Ends it and removes all that it had. */
    stop: async () => {
      agent.destroy();
      await server.kill();
      removeFolder(folder);
    },
  };
}

async function startAnswering(server, request) {
  server.start();
  await waitUntil(
    async () => {
      if (!server.running)
        throw Object.assign(new Error(`Elasticsearch ended at once:\n${server.output.slice(-4000)}`), { fatal: true });
      return (await request('GET', '/_cluster/health?wait_for_status=yellow&timeout=1s')).status === 200;
    },
    { what: 'Elasticsearch answers', timeoutMs: 120_000, everyMs: 200, detail: () => server.output.slice(-4000) },
  );
}

function copyConfig({ from, home, to }) {
  makeFolder(to);
  cpSync(join(from, 'config'), to, { recursive: true });
  for (const name of ['jvm.options', 'log4j2.properties']) cpSync(join(home, 'config', name), join(to, name));
  for (const name of CONFIG_FILES) cpSync(fromRoot(`deploy/elasticsearch/${name}`), join(to, name));
  makeFolder(join(to, 'jvm.options.d'));
  giveAll(to);
}

function buildArgs(folder, settings) {
  const all = {
    'path.data': makeFolder(join(folder, 'data')),
    'path.logs': makeFolder(join(folder, 'logs')),
    // The disk of a test machine may be nearly full.
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-E', `${name}=${value}`]);
}

function send(url, { agent, method, auth, body }) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    const request = https.request(url, { agent, method, auth, headers, timeout: 30_000 }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const answered = Buffer.concat(chunks).toString();
        resolve({
          status: answer.statusCode,
          body: answered.startsWith('{') || answered.startsWith('[') ? JSON.parse(answered) : answered,
        });
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 30 s')));
    request.on('error', reject);
    request.end(text);
  });
}
