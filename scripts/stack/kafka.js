import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findJava } from './find-java.js';
import { findFreePorts } from './free-ports.js';
import { MissingError } from './missing.js';
import { KAFKA_FOLDER } from './paths.js';
import { startOrStop, withControls } from './server-handle.js';
import { removeFolder, ServerProcess } from './server-process.js';
import { KAFKA_JAVA } from './versions.js';

const START_MS = 120_000;
const COMMAND_MS = 60_000;
/** Any will do: there is one node. */
const CLUSTER_ID = 'YmFyYm9zc2EtdGVzdHMxMg';

/**
 * Whom clients must be, and what the broker shows them: SASL with SCRAM-SHA-512, over TLS.
 * @typedef {object} KafkaSecurity
 * @property {string} user
 * @property {string} password
 * @property {string} cert The broker's certificate, as PEM.
 * @property {string} key Its key, PKCS #8.
 */

/**
 * @typedef {object} KafkaOptions
 * @property {KafkaSecurity} [security] Default: no login, no TLS.
 * @property {Record<string, string>} [settings] More of the broker's.
 * @property {number} [heapMb] Default: 256.
 */

/**
 * A broker that runs, or will again.
 * @typedef {Awaited<ReturnType<typeof startKafka>>} Kafka
 */

/**
 * Starts Kafka, one node that is broker and controller, on the loopback address. Resolves when it answers. Topics are made
 * by `createTopic` only.
 * @param {KafkaOptions} [options]
 * @throws {MissingError} Where it is not installed. @throws {Error} With what it printed, where it does not come up.
 */
export async function startKafka({ security, settings = {}, heapMb = 256 } = {}) {
  requireKafka();
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-kafka-'));
  const [client = 0, own = 0, controller = 0] = await findFreePorts(3);
  const configFile = join(folder, 'server.properties');
  writeFileSync(configFile, print({ ...describe(folder, { client, own, controller }, security), ...settings }));
  const server = new ServerProcess({
    command: findProgram(),
    args: [...buildJavaArgs(heapMb), 'kafka.Kafka', configFile],
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
  });
  /** @param {string} name Of its main class. @param {readonly string[]} args */
  const command = (name, args) => runCommand(name, ['--bootstrap-server', `127.0.0.1:${own}`, ...args]);
  const start = () => server.startUntilReady({ name: 'Kafka', isReady: () => answers(own), timeoutMs: START_MS });
  const stop = async () => {
    await server.kill();
    removeFolder(folder);
  };
  await startOrStop(async () => {
    await format(configFile, security);
    await start();
  }, stop);
  return withControls(server, {
    /** Where clients connect. */
    broker: `127.0.0.1:${client}`,
    /** @param {string} topic @param {{ partitions?: number, settings?: Record<string, string> }} [options] */
    createTopic: async (topic, { partitions = 4, settings: of = {} } = {}) => {
      const more = Object.entries(of).flatMap(([name, value]) => ['--config', `${name}=${value}`]);
      await command('TopicCommand', ['--create', '--topic', topic, '--partitions', String(partitions), ...more]);
    },
    /** Lets a user do anything with a topic, where `authorizer.class.name` is set. @param {string} user @param {string} topic */
    allow: async (user, topic) => {
      const whom = ['--add', '--allow-principal', `User:${user}`, '--operation', 'All'];
      await command('AclCommand', [...whom, '--topic', topic, '--group', '*']);
    },
    /** What a group has committed and what is behind it, of all partitions together. @param {string} group */
    readGroup: async (group) =>
      readOffsets(await command('consumer.group.ConsumerGroupCommand', ['--describe', '--group', group])),
    /** Starts it again after `kill` or `terminate`: same ports, same topics. */
    start,
    /** Ends it, and removes its folder. */
    stop,
  });
}

/** @throws {MissingError} Where Kafka or its Java is not there. */
export function requireKafka() {
  if (!existsSync(KAFKA_FOLDER)) throw new MissingError('Kafka is not installed: npm run stack:install -- kafka');
  findJava(KAFKA_JAVA);
}

/**
 * @param {string} folder @param {{ client: number, own: number, controller: number }} ports
 * @param {KafkaSecurity | undefined} security @returns {Record<string, string>}
 */
function describe(folder, ports, security) {
  const protocol = security === undefined ? 'PLAINTEXT' : 'SASL_SSL';
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    // OWN has no login: for the commands below, and for the broker itself.
    listeners: `CLIENT://127.0.0.1:${ports.client},OWN://127.0.0.1:${ports.own},CONTROLLER://127.0.0.1:${ports.controller}`,
    'listener.security.protocol.map': `CLIENT:${protocol},OWN:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name': 'OWN',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'num.partitions': '1',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    ...(security === undefined ? {} : secure(folder, security)),
  };
}

/** @param {string} folder @param {KafkaSecurity} security @returns {Record<string, string>} */
function secure(folder, { cert, key }) {
  const file = join(folder, 'broker.pem');
  writeFileSync(file, `${key}${cert}`, { mode: 0o600 });
  return {
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.client.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': file,
  };
}

/** @param {Record<string, string>} settings */
function print(settings) {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Gives its folder what a broker needs to start, and the user that clients are. @param {string} configFile @param {KafkaSecurity} [security] */
async function format(configFile, security) {
  const args = ['format', '--cluster-id', CLUSTER_ID, '--config', configFile];
  if (security !== undefined) {
    args.push('--add-scram', `SCRAM-SHA-512=[name=${security.user},password=${security.password}]`);
  }
  await runJava(['kafka.tools.StorageTool', ...args]);
}

/** @param {string} name @param {readonly string[]} args */
function runCommand(name, args) {
  return runJava([`org.apache.kafka.tools.${name}`, ...args]);
}

/** @param {readonly string[]} args @returns {Promise<string>} What it printed. */
async function runJava(args) {
  const { stdout } = await promisify(execFile)(findProgram(), [...buildJavaArgs(128), ...args], {
    timeout: COMMAND_MS,
  });
  return stdout;
}

function findProgram() {
  return join(findJava(KAFKA_JAVA), 'bin/java');
}

/** @param {number} heapMb */
function buildJavaArgs(heapMb) {
  return [`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(KAFKA_FOLDER, 'jars/*')];
}

/** @param {number} port @returns {Promise<boolean>} */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/**
 * Of what `--describe` prints: one line for each partition, `-` where nothing was committed.
 * @param {string} text
 */
function readOffsets(text) {
  const rows = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , partition = '']) => /^\d+$/.test(partition));
  const sum = (/** @type {number} */ column) => rows.reduce((total, row) => total + (Number(row[column]) || 0), 0);
  const members = new Set(rows.map((row) => row[6] ?? '-').filter((member) => member !== '-'));
  return { partitions: rows.length, committed: sum(3), written: sum(4), members: members.size };
}
