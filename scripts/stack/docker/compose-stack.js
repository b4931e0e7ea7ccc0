import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readComposeModel } from '../compose-model.js';
import { fromRoot } from '../paths.js';
import { startDaemon } from './daemon.js';
import { buildStandIns } from './stand-ins.js';

/** @typedef {import('./daemon.js').Daemon} Daemon */
/** @typedef {Awaited<ReturnType<typeof startComposeStack>>} ComposeStack */

/** @typedef {{ id: string, name: string, state: string, exitCode: number, health: string }} Container */

/**
 * What tests read of `docker inspect`.
 * @typedef {object} Inspection
 * @property {string} Id
 * @property {number} RestartCount
 * @property {{ Pid: number, OOMKilled: boolean, Health?: { Status: string } }} State
 * @property {{ Memory: number, PidsLimit: number, Privileged: boolean }} HostConfig
 * @property {{ Networks: Record<string, { IPAddress: string }> }} NetworkSettings
 */

const OVERRIDE = fromRoot('scripts/stack/docker/override.yaml');
const FILES = ['compose.yaml', OVERRIDE];
const WANTED_OPEN_FILES = 65_536;
/** Seconds until all that `up` starts has to be healthy. */
const UP_SECONDS = 400;
const PROJECT = 'barbossa';

/**
 * `docker compose up` of deploy/compose.yaml under a daemon of our own, with both Dockerfiles built. Resolves when all of it
 * is healthy or done.
 * @param {{ say?: (line: string) => void }} [options] `say` is told how far it is.
 * @throws {import('../missing.js').MissingError} Where a part is not installed. @throws {Error} Where it does not come up.
 */
export async function startComposeStack({ say = () => {} } = {}) {
  const openFiles = Math.min(
    WANTED_OPEN_FILES,
    Number(execFileSync('/bin/sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })),
  );
  const model = readComposeModel({ profile: 'all' });
  /** As a site's .env would. @param {Daemon} daemon @returns {Record<string, string>} */
  const describeEnv = (daemon) => ({
    COMPOSE_PROFILES: 'all',
    COMPOSE_PROGRESS: 'plain',
    // bake would have to be allowed the network of the host, and compose has no way to say so.
    COMPOSE_BAKE: 'false',
    BARBOSSA_DOCKER_CONTAINERS_DIR: join(daemon.data, 'containers'),
    BARBOSSA_ELASTICSEARCH_MEMORY: '1g',
    BARBOSSA_TEST_OPEN_FILES: String(openFiles),
  });
  const files = ['compose', '--project-directory', fromRoot('deploy'), '--env-file', '/dev/null'].concat(
    FILES.flatMap((file) => ['--file', file.startsWith('/') ? file : fromRoot(`deploy/${file}`)]),
  );
  /** @param {Daemon} daemon @returns {(...args: string[]) => Promise<string>} */
  const bindCompose =
    (daemon) =>
    (...args) =>
      daemon.execute([...files, ...args], { env: describeEnv(daemon) });

  const leftOut = await buildImages(model, bindCompose, say);
  const daemon = await startDaemon({ network: 'own' });
  const compose = bindCompose(daemon);
  const volume = (/** @type {string} */ name) => join(daemon.data, 'volumes', `${PROJECT}_${name}`, '_data');
  const up = async () => {
    await compose('up', '--detach', '--wait', '--wait-timeout', String(UP_SECONDS), '--no-build');
  };
  /** Every container of the project, those that have ended too. @returns {Promise<Container[]>} */
  const list = async () => {
    const text = await compose('ps', '--all', '--format', 'json');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
      .map(({ ID: id, Service: name, State: state, ExitCode: exitCode, Health: health }) => ({
        id,
        name,
        state,
        exitCode,
        health,
      }));
  };
  /** @param {string} name @returns {Promise<Inspection>} */
  const inspect = async (name) => JSON.parse(await daemon.execute(['inspect', `${PROJECT}-${name}-1`]))[0];
  const stack = {
    daemon,
    model,
    /** Images that nothing stands in for. */
    leftOut,
    compose,
    up,
    list,
    /** What `docker inspect` says of a service's container. @param {string} name @returns {Promise<Inspection>} */
    inspect,
    /** Name of a service's container. @param {string} name */
    nameOf: (name) => `${PROJECT}-${name}-1`,
    /** The folder of a volume. */
    volume,
    /** What a secret's file says. @param {string} name */
    readSecret: (name) => readFileSync(join(volume('secrets'), 'secrets', name), 'utf8'),
    /** All secrets, by the names of their files. */
    listSecrets: () => readdirSync(join(volume('secrets'), 'secrets')),
    /** Ends it; volumes go with it. */
    stop: () => daemon.stop(),
  };
  try {
    say('docker compose up');
    await up();
  } catch (error) {
    const logs = await compose('logs', '--no-color', '--tail', '15').catch(() => '');
    const states = JSON.stringify(await list().catch(() => []));
    await stack.stop();
    throw new Error(`docker compose up failed; states, then logs:\n${states}\n${logs}`, { cause: error });
  }
  return stack;
}

/**
 * Images of compose.yaml: stand-ins, and what the two Dockerfiles build upon them.
 * @param {import('../compose-model.js').Model} model
 * @param {(daemon: Daemon) => (...args: string[]) => Promise<string>} bindCompose @param {(line: string) => void} say
 */
async function buildImages({ services }, bindCompose, say) {
  const builder = await startDaemon({ network: 'host' });
  try {
    const all = Object.values(services);
    const named = all.filter(({ build }) => build === undefined).map(({ image }) => image);
    const bases = all.flatMap(({ build }) => Object.values(build?.args ?? {}));
    const missing = await buildStandIns(builder, [...new Set([...bases, ...named])], say);
    say('docker compose build: deploy/collector/Dockerfile and deploy/sample/Dockerfile');
    await bindCompose(builder)('build');
    return missing;
  } finally {
    await builder.stop();
  }
}
