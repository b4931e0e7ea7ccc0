import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listHostNames, readComposeModel } from '../compose-model.js';
import { requireContainers } from './container.js';
import { findImage } from './images.js';
import { chooseNetwork } from './network.js';
import { makeContainer } from './running-container.js';

/** @typedef {import('../compose-model.js').Service} Service */
/** @typedef {import('./container.js').Image} Image */
/** @typedef {import('./running-container.js').Container} Container */

/** What the programs here lack: each an exception to "as compose.yaml says". @type {Record<string, string[]>} */
const MORE_ARGUMENTS = {
  // The server that stack:install brings has no ILM.
  'elasticsearch-setup': ['--without-ilm'],
  // The disk of a test machine may be nearly full.
  elasticsearch: ['-E', 'cluster.routing.allocation.disk.threshold_enabled=false'],
};

/**
 * @typedef {object} WholeOptions
 * @property {string} folder Where all that it stores is. It stays.
 * @property {string} [profile] Default: all.
 * @property {readonly string[]} [files] Compose files, from deploy/. Default: compose.yaml.
 * @property {Record<string, string>} [env] Variables of .env.
 * @property {Record<string, string>} [volumes] Folders that stand in for volumes, by their names: a disk of a test's own.
 * @property {Record<string, string>} [secrets] The site's own, by the names of their files. Default: all are made.
 * @property {(line: string) => void} [say] Told of each service that is up.
 * @property {AbortSignal} [signal] When it is aborted nothing more is started.
 */

/** All of it. @typedef {Awaited<ReturnType<typeof startWhole>>} Whole */

/**
 * Starts what compose.yaml describes, with real programs in place of images and in the order that it says: each service in
 * a container of mount namespaces, at an address of the loopback network that is its own. Resolves when all is healthy.
 * @param {WholeOptions} options
 * @throws {import('../missing.js').MissingError} Where a part is not installed.
 * @throws {Error} With what a service printed, where one does not come up; what has been started runs on (`killServers`).
 */
export async function startWhole({ folder, say = () => {}, signal, ...options }) {
  const { profile = 'all', files = ['compose.yaml'], env = {}, volumes = {}, secrets = {} } = options;
  requireContainers();
  // In place of Docker's own folder, and of secrets/ where a person keeps theirs.
  const containerLogs = join(folder, 'docker-containers');
  const given = join(folder, 'given');
  for (const each of [containerLogs, given]) mkdirSync(each, { recursive: true });
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(given, name), text);
  const { services } = readComposeModel({
    profile,
    files,
    envFile: '.env.example',
    env: { BARBOSSA_DOCKER_CONTAINERS_DIR: containerLogs, BARBOSSA_SECRETS_DIR: given, ...env },
  });
  const findVolume = (/** @type {string} */ name) => volumes[name] ?? join(folder, 'volumes', name);
  const failure = new AbortController();
  const over = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const addresses = await chooseAddresses(services);
  /** @type {Map<string, Container>} */
  const all = new Map();
  for (const [name, service] of Object.entries(services)) {
    const image = canBeMet(services, service) ? findImage(service.image) : undefined;
    if (image === undefined) continue;
    const address = addresses.get(name) ?? '';
    const hosts = makeHosts(services, addresses, address);
    const place = { address, hosts, folder: join(folder, 'containers', name), findVolume };
    all.set(name, makeContainer(name, addArguments(name, service, image), image, place, over));
  }
  await startInOrder(all, say, failure);
  const get = (/** @type {string} */ name) => {
    const container = all.get(name);
    if (container === undefined) throw new TypeError(`no service ${name}; there are ${[...all.keys()].join(', ')}`);
    return container;
  };
  return {
    /** One of its services: to be stopped, paused, started again. @throws {TypeError} For a name that is not known. */
    get,
    names: [...all.keys()],
    /** Those that nothing here can stand in for. */
    leftOut: Object.keys(services).filter((name) => !all.has(name)),
    /** SIGTERM for web and worker, which finish what they are at. */
    stopApplications: async () => {
      const applications = [...all.values()].filter(({ name }) => /^(?:web|worker)(?:-|$)/.test(name));
      await Promise.all(applications.map(({ stop }) => stop()));
    },
    /** Where a service listens: `http://127.77.8.9:9090`. @param {string} name @param {number} port */
    urlOf: (name, port) => `http://${get(name).address}:${port}`,
    /** The folder of a volume. */
    findVolume,
    /** Where container-logs looks for the files of Docker's json-file driver, which are not there. */
    containerLogs,
  };
}

/** One for each service that could be there. @param {Record<string, Service>} services @returns {Promise<Map<string, string>>} */
async function chooseAddresses(services) {
  const names = Object.keys(services).sort();
  const network = await chooseNetwork(names.length);
  return new Map(names.map((name, index) => [name, network[index] ?? '']));
}

/** Whether something can stand in for all that a service needs. @param {Record<string, Service>} services @param {Service} service @returns {boolean} */
function canBeMet(services, service) {
  return listNeeded(service).every((name) => {
    const needed = services[name];
    return needed === undefined || (findImage(needed.image) !== undefined && canBeMet(services, needed));
  });
}

/** @param {Service} service */
function listNeeded({ depends_on: needed = {} }) {
  return Object.keys(needed);
}

/** @param {string} name @param {Service} service @param {Image} image @returns {Service} */
function addArguments(name, service, image) {
  const more = MORE_ARGUMENTS[name];
  return more === undefined ? service : { ...service, command: [...(service.command ?? image.command ?? []), ...more] };
}

/** The text of /etc/hosts. @param {Record<string, Service>} services @param {Map<string, string>} addresses @param {string} own */
function makeHosts(services, addresses, own) {
  const lines = Object.entries(services).map(
    ([name, service]) => `${addresses.get(name)} ${listHostNames(name, service).join(' ')}`,
  );
  return [`${own} localhost`, ...lines, ''].join('\n');
}

/**
 * Starts each when those that it depends on are healthy, or done. Resolves or rejects when nothing is being started any more.
 * @param {Map<string, Container>} all @param {(line: string) => void} say @param {AbortController} failure
 */
async function startInOrder(all, say, failure) {
  /** @type {Map<string, Promise<void>>} */
  const started = new Map();
  /** @param {Container} container */
  const startOne = async ({ name, service, run, start }) => {
    await Promise.all(listNeeded(service).map(startNamed));
    const isJob = service.restart === 'no';
    await (isJob ? run() : start());
    say(`${name}: ${isJob ? 'done' : 'healthy'}`);
  };
  /** @param {string} name @returns {Promise<void>} */
  const startNamed = (name) => {
    const container = all.get(name);
    if (container === undefined) return Promise.resolve();
    const promise = started.get(name) ?? startOne(container);
    started.set(name, promise);
    return promise;
  };
  await Promise.allSettled(
    Array.from(all.keys(), (name) =>
      // The first reason is the one that counts.
      startNamed(name).catch((/** @type {unknown} */ error) => failure.abort(error)),
    ),
  );
  failure.signal.throwIfAborted();
}
