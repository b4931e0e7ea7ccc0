import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from './free-ports.js';
import { findKubernetesServers } from './install-kubernetes.js';
import { askKubernetes } from './kubernetes-client.js';
import { startOrStop } from './server-handle.js';
import { removeFolder, ServerProcess } from './server-process.js';
import { findReachable, give, makeFolder, UNPRIVILEGED } from './unprivileged.js';

/** With the API of a whole release to set up, on a busy machine. */
const START_MS = 150_000;

/**
 * An API server of Kubernetes that runs.
 * @typedef {Awaited<ReturnType<typeof startKubernetes>>} Kubernetes
 */

/**
 * Starts an API server of Kubernetes, and the etcd in which it keeps its objects, on free ports of the loopback address, in
 * a temporary folder. Nothing acts on what it is given: there is no controller, no scheduler and no kubelet, and service
 * accounts are not looked up. Resolves when it is ready.
 * @throws {import('./missing.js').MissingError} Where it is not installed.
 * @throws {Error} With what it printed, where it does not come up.
 */
export async function startKubernetes() {
  const { folder } = findKubernetesServers();
  const place = mkdtempSync(join(tmpdir(), 'barbossa-kubernetes-'));
  give(place);
  const [clientPort = 0, peerPort = 0, port = 0] = await findFreePorts(3);
  const token = randomBytes(24).toString('hex');
  const programs = findReachable(folder, join(place, 'programs'));
  const files = writeFiles(place, token);
  const store = `http://127.0.0.1:${clientPort}`;
  const etcd = runServer(place, join(programs, 'etcd'), describeEtcd(place, store, `http://127.0.0.1:${peerPort}`));
  const apiServer = runServer(place, join(programs, 'kube-apiserver'), describeApiServer(files, store, port));
  /** @param {string} method @param {string} path @param {unknown} [body] @param {string} [type] */
  const ask = (method, path, body, type) =>
    askKubernetes({ port, token, certificate: readFileSync(files.certificate) }, method, path, body, type);
  const stop = async () => {
    await Promise.all([apiServer.kill(), etcd.kill()]);
    removeFolder(place);
  };
  await startOrStop(async () => {
    const isStored = async () => (await fetch(`${store}/health`)).ok;
    await etcd.startUntilReady({ name: 'etcd', isReady: isStored, timeoutMs: START_MS });
    const isReady = async () => existsSync(files.certificate) && (await ask('GET', '/readyz')).status === 200;
    await apiServer.startUntilReady({ name: 'kube-apiserver', isReady, timeoutMs: START_MS, everyMs: 250 });
  }, stop);
  return {
    pids: [etcd.pid, apiServer.pid],
    folder: place,
    ask,
    /** Ends both and removes their folder. */
    stop,
  };
}

/** @param {string} place @param {string} token */
function writeFiles(place, token) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = { tokens: join(place, 'tokens.csv'), key: join(place, 'key.pem'), publicKey: join(place, 'key.pub') };
  // Its groups may do everything.
  writeFileSync(files.tokens, `${token},test,test,"system:masters"\n`, { mode: 0o600 });
  writeFileSync(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(files.publicKey, publicKey.export({ type: 'spki', format: 'pem' }));
  for (const file of Object.values(files)) give(file);
  const certificates = makeFolder(join(place, 'certificates'));
  // The server makes it of itself where there is none.
  return { ...files, certificates, certificate: join(certificates, 'apiserver.crt') };
}

/** @param {string} place @param {string} store @param {string} peer */
function describeEtcd(place, store, peer) {
  return [
    `--data-dir=${join(place, 'etcd')}`,
    `--listen-client-urls=${store}`,
    `--advertise-client-urls=${store}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // What it holds goes with it.
    '--unsafe-no-fsync',
  ];
}

/** @param {ReturnType<typeof writeFiles>} files @param {string} store @param {number} port */
function describeApiServer(files, store, port) {
  return [
    `--etcd-servers=${store}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${files.certificates}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.publicKey}`,
    `--service-account-signing-key-file=${files.key}`,
    '--service-cluster-ip-range=10.96.0.0/24',
    // No controller makes the accounts of new namespaces.
    '--disable-admission-plugins=ServiceAccount',
    // So that what refuses a privileged container is the namespace's standard.
    '--allow-privileged=true',
    '--endpoint-reconciler-type=none',
  ];
}

/** @param {string} place @param {string} command @param {string[]} args */
function runServer(place, command, args) {
  const env = { PATH: process.env['PATH'] ?? '', HOME: place, TMPDIR: place, GOMAXPROCS: '2' };
  return new ServerProcess({ command, args, cwd: place, ...UNPRIVILEGED, env });
}
