import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeGoPart } from './build-go-program.js';
import { downloadModule } from './download-module.js';
import { helm } from './install-helm.js';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';
import { runTool } from './run-tool.js';
import { KUBECONFORM, OLDEST_KUBERNETES } from './versions.js';

/** @typedef {import('./install-part.js').Part} Part */

const SERVERS = fromRoot('scripts/stack/kubernetes/servers');
const DEFINITIONS = fromRoot('scripts/stack/kubernetes/definitions');
const SERVERS_FOLDER = fromRoot('.stack/kubernetes');
const DEFINITIONS_FOLDER = fromRoot('.stack/kubernetes-definitions');
const KUBECONFORM_FOLDER = fromRoot('.stack/kubeconform');
const OLDEST_FOLDER = fromRoot('.stack/kubernetes-oldest');

const VERSION = readVersion(SERVERS, 'k8s.io/kubernetes');
const ETCD_VERSION = readVersion(SERVERS, 'go.etcd.io/etcd/server/v3');
const OPERATOR = 'github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring';
const OPERATOR_VERSION = readVersion(DEFINITIONS, OPERATOR);
const NEEDED = 'Go, 1.26 or newer (`go`): it builds what the chart is tested against';

/** Those that the chart renders; controller-gen makes them of the types of Prometheus' operator. */
const CUSTOM = ['podmonitors', 'prometheusrules', 'servicemonitors'].map(
  (name) => `monitoring.coreos.com_${name}.yaml`,
);

/** The API server of Kubernetes, and etcd, in which it keeps its objects. About five minutes on two cores. @type {Part} */
const servers = {
  title: `Kubernetes API server ${VERSION}, etcd ${ETCD_VERSION}`,
  hint: 'builds them, which takes some minutes',
  install: () => installPart({ folder: SERVERS_FOLDER, key: hashModule(SERVERS), make: makeServers }),
};

/** @type {Part} */
const definitions = {
  title: `resource definitions of prometheus-operator ${OPERATOR_VERSION}`,
  hint: 'builds what makes them',
  install: () => installPart({ folder: DEFINITIONS_FOLDER, key: hashModule(DEFINITIONS), make: makeDefinitions }),
};

const kubeconform = makeGoPart({
  title: 'kubeconform',
  folder: KUBECONFORM_FOLDER,
  source: KUBECONFORM,
  packages: ['./cmd/kubeconform'],
  goVersion: '1.26',
  versionVariable: 'main.version',
});

/** What the oldest Kubernetes of Chart.yaml says of its objects, as its own source has it. @type {Part} */
const oldest = {
  title: `schemas of Kubernetes ${OLDEST_KUBERNETES.version}`,
  hint: 'takes them from its module',
  install: () => installPart({ folder: OLDEST_FOLDER, key: OLDEST_KUBERNETES.sum, make: copyOldest }),
};

/** All that `npm run test:kubernetes` needs. @type {readonly Part[]} */
export const kubernetes = [helm, kubeconform, oldest, definitions, servers];

/**
 * Where the servers' programs and the definitions' files are.
 * @throws {MissingError} Where one is not installed.
 */
export function findKubernetesServers() {
  const apiServer = join(SERVERS_FOLDER, 'kube-apiserver');
  const etcd = join(SERVERS_FOLDER, 'etcd');
  const custom = CUSTOM.map((name) => join(DEFINITIONS_FOLDER, name));
  requireFiles('the Kubernetes API server', [apiServer, etcd, ...custom]);
  return { folder: SERVERS_FOLDER, apiServer, etcd, definitions: custom };
}

/** Where kubeconform is, and what it reads. @throws {MissingError} Where one is not installed. */
export function findKubeconform() {
  const program = join(KUBECONFORM_FOLDER, 'kubeconform');
  const swagger = join(OLDEST_FOLDER, 'swagger.json');
  const custom = CUSTOM.map((name) => join(DEFINITIONS_FOLDER, name));
  requireFiles('kubeconform', [program, swagger, ...custom]);
  return { program, swagger, version: OLDEST_KUBERNETES.version, definitions: custom };
}

/** @param {string} name @param {readonly string[]} files */
function requireFiles(name, files) {
  if (!files.every((file) => existsSync(file))) {
    throw new MissingError(`${name} is not installed: npm run stack:install -- kubernetes`);
  }
}

/** @param {string} work */
async function makeServers(work) {
  const [major = '', minor = ''] = VERSION.split('.');
  const flags = { gitVersion: `v${VERSION}`, gitMajor: major, gitMinor: minor };
  const named = Object.entries(flags).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  await buildTool(SERVERS, 'go.etcd.io/etcd/server/v3', join(work, 'etcd'));
  await buildTool(SERVERS, 'k8s.io/kubernetes/cmd/kube-apiserver', join(work, 'kube-apiserver'), named);
  // An unprivileged user runs them.
  chmodSync(work, 0o755);
}

/** @param {string} work */
async function makeDefinitions(work) {
  const generator = join(work, 'controller-gen');
  await buildTool(DEFINITIONS, 'sigs.k8s.io/controller-tools/cmd/controller-gen', generator);
  const args = ['crd:crdVersions=v1', `paths=${OPERATOR}/v1`, `output:crd:dir=${work}`];
  await runTool(generator, args, { cwd: DEFINITIONS, env: goEnvironment(), needed: NEEDED });
  rmSync(generator);
}

/** @param {string} work */
async function copyOldest(work) {
  const source = await downloadModule(OLDEST_KUBERNETES, { work, needed: NEEDED });
  const copy = join(work, 'swagger.json');
  copyFileSync(join(source, 'api/openapi-spec/swagger.json'), copy);
  chmodSync(copy, 0o644);
}

/** @param {string} folder Of a module of ours. @param {string} name @param {string} output @param {readonly string[]} [linked] */
async function buildTool(folder, name, output, linked = []) {
  const options = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', ['-s -w', ...linked].join(' ')];
  const args = ['build', '-C', folder, ...options, '-o', output, name];
  await runTool('go', args, { env: goEnvironment(), needed: NEEDED });
}

/** go.sum has every sum: the checksum database is not asked. */
function goEnvironment() {
  return { ...process.env, GOWORK: 'off', GOFLAGS: '', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
}

/** @param {string} folder */
function hashModule(folder) {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(join(folder, name)));
  return `${process.platform} ${process.arch} ${hash.digest('hex')}`;
}

/** Of a module that a go.mod requires, without the `v`. @param {string} folder @param {string} module */
function readVersion(folder, module) {
  const lines = readFileSync(join(folder, 'go.mod'), 'utf8').split('\n');
  const words = lines.map((line) =>
    line
      .replace(/^require /, '')
      .trim()
      .split(' '),
  );
  const version = words.find(([name, second]) => name === module && second?.startsWith('v') === true)?.[1];
  if (version === undefined) throw new Error(`${folder}/go.mod does not require ${module}`);
  return version.slice(1);
}
