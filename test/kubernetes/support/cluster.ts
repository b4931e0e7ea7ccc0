import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { findKubernetesServers } from '../../../scripts/stack/install-kubernetes.js';
import { startKubernetes, type Kubernetes } from '../../../scripts/stack/kubernetes.js';
import type { KubernetesAnswer } from '../../../scripts/stack/kubernetes-client.js';
import { waitUntil } from '../../../scripts/stack/wait-until.js';
import { isNodeReader, type Pod } from '../../chart/support/faults.js';
import type { KubernetesObject, Volume } from '../../chart/support/kubernetes.js';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const STANDARD = 'pod-security.kubernetes.io';
/** An unknown field is an error, and nothing is kept. */
const DRY = 'dryRun=All&fieldValidation=Strict&fieldManager=helm';

/** Namespaces by the standard that each enforces on its pods. It also warns by it of what makes pods. */
export const NAMESPACES = { restricted: 'restricted', baseline: 'baseline', privileged: 'privileged' } as const;

interface Definition {
  readonly metadata: { readonly name: string };
}

/** A real API server with namespaces and the resource definitions of prometheus-operator. */
export interface Cluster extends Kubernetes {
  /** Creates an object without keeping it. */
  readonly tryObject: (object: KubernetesObject, namespace: string) => Promise<KubernetesAnswer>;
  /** Makes an object what it says, and keeps it; with `dry` it is not kept. */
  readonly applyObject: (object: KubernetesObject, namespace: string, dry: boolean) => Promise<KubernetesAnswer>;
}

export async function startCluster(): Promise<Cluster> {
  const server = await startKubernetes();
  try {
    await Promise.all(Object.values(NAMESPACES).map((name) => makeNamespace(server, name)));
    await Promise.all(findKubernetesServers().definitions.map((file) => define(server, file)));
  } catch (error) {
    await server.stop();
    throw error;
  }
  const paths = new Map<string, Promise<string>>();
  const findPath = async ({ apiVersion, kind }: KubernetesObject, namespace: string): Promise<string> => {
    const key = `${apiVersion} ${kind}`;
    const found = paths.get(key) ?? findResource(server, apiVersion, kind);
    paths.set(key, found);
    return `${getGroupPath(apiVersion)}/namespaces/${namespace}/${await found}`;
  };
  return {
    ...server,
    tryObject: async (object, namespace) =>
      server.ask('POST', `${await findPath(object, namespace)}?${DRY}`, move(object, namespace)),
    applyObject: async (object, namespace, dry) => {
      const path = `${await findPath(object, namespace)}/${object.metadata.name}`;
      const query = dry ? DRY : DRY.replace('dryRun=All&', '');
      return server.ask('PATCH', `${path}?${query}`, move(object, namespace), 'application/apply-patch+yaml');
    },
  };
}

/** What the server says against an object, its warnings included. */
export function findFaults(
  { kind, metadata }: KubernetesObject,
  { status, warnings, body }: KubernetesAnswer,
): string[] {
  const refusals = status >= 200 && status < 300 ? [] : [`${status}: ${(body as { message?: string }).message}`];
  return [...refusals, ...warnings.map((text) => `warning: ${text}`)].map(
    (fault) => `${kind} ${metadata.name}: ${fault}`,
  );
}

/** The namespace that the README gives a pod, or what makes it. */
export function chooseNamespace(pod: Pod): string {
  return isNodeReader(pod) ? NAMESPACES.privileged : NAMESPACES.restricted;
}

/** The pod that a controller makes of a template; a StatefulSet's has its claims as volumes. */
export function makePod({ owner, spec }: Pod): KubernetesObject {
  const { name } = owner.metadata;
  const claims = (owner.spec?.volumeClaimTemplates ?? []).map(({ metadata }): Volume => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${name}-0` },
  }));
  const whole = { ...spec, volumes: [...(spec.volumes ?? []), ...claims] };
  const template = owner.spec?.template as unknown as { metadata: KubernetesObject['metadata'] };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...template.metadata, name: `${name}-0` }, spec: whole };
  return pod as unknown as KubernetesObject;
}

/** The claims of an object's first pod, which its controller makes. */
export function makeClaims({ spec, metadata: { name } }: KubernetesObject): KubernetesObject[] {
  return (spec?.volumeClaimTemplates ?? []).map((template) => {
    const metadata = { ...template.metadata, name: `${template.metadata.name}-${name}-0` };
    return { ...template, apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata } as unknown as KubernetesObject;
  });
}

function move(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

async function makeNamespace(server: Kubernetes, name: string): Promise<void> {
  const labels = { [`${STANDARD}/enforce`]: name, [`${STANDARD}/warn`]: name };
  await create(server, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

async function define(server: Kubernetes, file: string): Promise<void> {
  const definition = parse(readFileSync(file, 'utf8')) as Definition;
  const { name } = definition.metadata;
  await create(server, DEFINITIONS, definition);
  const isServed = async (): Promise<boolean> => {
    const [plural = '', ...group] = name.split('.');
    return (await server.ask('GET', `/apis/${group.join('.')}/v1/${plural}`)).status === 200;
  };
  await waitUntil(isServed, { what: `${name} is served`, timeoutMs: 60_000 });
}

async function create(server: Kubernetes, path: string, object: unknown): Promise<void> {
  const { status, body } = await server.ask('POST', path, object);
  if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
}

function getGroupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** What the server calls the objects of a kind in paths. */
async function findResource(server: Kubernetes, apiVersion: string, kind: string): Promise<string> {
  const { body } = await server.ask('GET', getGroupPath(apiVersion));
  const { resources = [] } = body as { resources?: { name: string; kind: string; namespaced: boolean }[] };
  const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
  if (found?.namespaced !== true) throw new Error(`the server has no ${kind} of ${apiVersion} in namespaces`);
  return found.name;
}
