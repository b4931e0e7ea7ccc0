// @needs Helm, Kubernetes API server
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { ALL } from '../chart/support/cases.js';
import { isNodeReader, listPods } from '../chart/support/faults.js';
import type { KubernetesObject } from '../chart/support/kubernetes.js';
import { CHART, get, LEAST, render } from '../chart/support/render.js';
import {
  chooseNamespace,
  findFaults,
  makeClaims,
  makePod,
  NAMESPACES,
  startCluster,
  type Cluster,
} from './support/cluster.js';
import { MATRIX } from './support/matrix.js';

const README = join(CHART, 'README.md');

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

/** Where an object goes: with the pods that it makes. */
function placeOf(object: KubernetesObject): string {
  const [pod] = listPods([object]);
  return pod === undefined ? NAMESPACES.restricted : chooseNamespace(pod);
}

/** What the API server says against objects. */
async function tryAll(objects: readonly KubernetesObject[]): Promise<string[]> {
  const faults: string[] = [];
  for (const object of objects) faults.push(...findFaults(object, await cluster.tryObject(object, placeOf(object))));
  return faults;
}

/** What the API server would keep, where that is not all that it is given. */
async function findChanges(object: KubernetesObject): Promise<unknown> {
  const { body } = await cluster.tryObject(object, placeOf(object));
  const { namespace: _, ...metadata } = object.metadata;
  return isWithin({ ...object, metadata }, body) ? undefined : body;
}

/** Whether a value has all that another one has; lists have to be the same length. */
function isWithin(part: unknown, whole: unknown): boolean {
  if (typeof part !== 'object' || part === null) return part === whole;
  if (typeof whole !== 'object' || whole === null) return false;
  if (Array.isArray(part) && part.length !== (whole as unknown[]).length) return false;
  return Object.entries(part).every(([key, value]) => isWithin(value, (whole as Record<string, unknown>)[key]));
}

describe.each(MATRIX)('$title', ({ values, release }) => {
  const objects = render([LEAST, values], release);

  test('the API server takes every object, and warns of none', async () => {
    expect(objects.length).toBeGreaterThan(0);
    expect(await tryAll(objects)).toEqual([]);
  });

  test('the API server keeps every field as it was given', async () => {
    for (const object of objects) expect(await findChanges(object)).toBeUndefined();
  });

  test('the API server takes the claims that it would be asked for', async () => {
    const claims = objects.flatMap(makeClaims);
    const isOwn = values['gateway'] !== undefined && JSON.stringify(values['gateway']).includes('existingClaim');
    expect(claims).toHaveLength(isOwn ? 0 : 1);
    for (const claim of claims) {
      expect(findFaults(claim, await cluster.tryObject(claim, NAMESPACES.restricted))).toEqual([]);
    }
  });

  test('every pod is let into a restricted namespace, and the one that reads the files of its node into a privileged one', async () => {
    const pods = listPods(objects);
    expect(pods.length).toBeGreaterThan(0);
    for (const pod of pods) {
      const object = makePod(pod);
      expect(findFaults(object, await cluster.tryObject(object, chooseNamespace(pod)))).toEqual([]);
    }
  });
});

describe('all that can be turned on', () => {
  const objects = render([LEAST, ALL]);
  const text = JSON.stringify(objects);

  test.each([NAMESPACES.restricted, NAMESPACES.baseline])(
    'the pod that reads the files of its node is refused in a %s namespace',
    async (namespace) => {
      const readers = listPods(objects).filter(isNodeReader).map(makePod);
      expect(readers).toHaveLength(1);
      for (const reader of readers) {
        const answer = await cluster.tryObject(reader, namespace);
        expect(findFaults(reader, answer).join('\n')).toContain(`403: pods "${reader.metadata.name}" is forbidden`);
        expect(findFaults(reader, answer).join('\n')).toContain(`violates PodSecurity "${namespace}:latest": `);
      }
    },
  );

  test.each([
    ['a field that there is not', '"readOnlyRootFilesystem"', '"readonlyRootFilesystem"', 'unknown field "spec.'],
    ['text where a number belongs', '"containerPort":8888', '"containerPort":"8888"', '400: '],
    ['a port that there cannot be', '"containerPort":8888', '"containerPort":88888', 'must be between 1 and 65535'],
    ['a probe of no port', '"path":"/","port":"health"', '"path":"","port":""', '422: '],
    ['a mount of what is outside its volume', '"mountPath":', '"subPath":"../x","mountPath":', "must not contain '..'"],
    ['a selector of other pods', '"matchLabels":{"app.kubernetes.io/name"', '"matchLabels":{"name"', '422: '],
    ['a port of Elasticsearch that there cannot be', '"port":9200', '"port":99999', 'must be between 1 and 65535'],
    ['a peer of a policy that is nobody', '"from":[{"podSelector":{}}]', '"from":[{}]', 'must specify a peer'],
    ["a metric's value of nothing", '"averageValue":"256Mi"', '"averageValue":"0"', 'must be positive'],
    ['a folder above another', '"path":"/var/log/pods"', '"path":"/var/../log"', "must not contain '..'"],
    ['a request above its limit', '"memory":"768Mi"', '"memory":"128Mi"', 'must be less than or equal to memory limit'],
    ['a part of a byte', '"storage":"2Gi"', '"storage":"1.6Gi"', 'warning: spec.volumeClaimTemplates[0]'],
    ['a label with a space', '"release":"prometheus"', '"release":"not this"', 'a valid label must be'],
    ["a monitor's time in another order", '"interval":"15s"', '"interval":"15s1h"', 'in body should match'],
    ['a quantity that is none', '"memory":"768Mi"', '"memory":"768Mb"', '400: '],
    ["a policy's protocol that is none", '"port":4318,"protocol":"TCP"', '"port":4318,"protocol":"TPC"', '422: '],
    [
      'an alert without its expression',
      '"expr":',
      '"expression":',
      'unknown field "spec.groups[0].rules[0].expression"',
    ],
    ["a rule's time that is none", '"for":"5m"', '"for":"5 minutes"', '422: '],
    ["a rule's label that is no text", '"severity":"warning"', '"severity":5', 'must be of type string'],
    ["a monitor's field that there is not", '"metricRelabelings":', '"metricRelabels":', 'unknown field "spec.'],
    ["a monitor's interval that is none", '"interval":"15s"', '"interval":"15"', '422: '],
    [
      'a label that Kubernetes has given up',
      '"tolerations":[{"operator":"Exists"}]',
      '"nodeSelector":{"beta.kubernetes.io/os":"linux"}',
      'warning: spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated',
    ],
  ])('%s is refused or warned of', async (_, before, after, said) => {
    expect(await tryAll(objects)).toEqual([]);
    expect(text).toContain(before);
    const planted = JSON.parse(text.replaceAll(before, after)) as KubernetesObject[];
    expect((await tryAll(planted)).join('\n')).toContain(said);
  });

  test.each([
    ['a quantity that is written otherwise', '"cpu":"200m"', '"cpu":"0.2"'],
    ['a field that belongs to another type of a service', '"clusterIP":"None"', '"clusterIP":""'],
  ])('%s is seen not to be kept as it was given', async (_, before, after) => {
    expect(text).toContain(before);
    const planted = JSON.parse(text.replaceAll(before, after)) as KubernetesObject[];
    const changes: unknown[] = [];
    for (const object of planted) changes.push(await findChanges(object));
    expect(changes.filter((change) => change !== undefined).length).toBeGreaterThan(0);
  });

  test("a claim's size that is none is refused", async () => {
    const planted = JSON.parse(text.replaceAll('"storage":"2Gi"', '"storage":"-2Gi"')) as KubernetesObject[];
    const [claim] = planted.flatMap(makeClaims);
    if (claim === undefined) throw new Error('there is no claim');
    const answer = await cluster.tryObject(claim, NAMESPACES.restricted);
    expect(findFaults(claim, answer).join('\n')).toContain('must be greater than zero');
  });

  test.each([
    ['a privileged container', '"allowPrivilegeEscalation":false', '"privileged":true', 'privileged'],
    ['a container that may become more', '"allowPrivilegeEscalation":false,', '', 'allowPrivilegeEscalation != false'],
    ['a container with its capabilities', '"drop":["ALL"]', '"drop":["KILL"]', 'unrestricted capabilities'],
    ['a pod that may be root', '"runAsNonRoot":true', '"runAsNonRoot":false', 'runAsNonRoot != true'],
    ['a pod without a seccomp profile', '"RuntimeDefault"', '"Unconfined"', 'seccompProfile'],
    ['a folder of the node', '"emptyDir":{"sizeLimit":"16Mi"}', '"hostPath":{"path":"/tmp"}', 'hostPath'],
    ['a port of the node', '"containerPort":8888', '"hostPort":8888,"containerPort":8888', 'hostPort'],
  ])('%s is refused in a restricted namespace', async (_, before, after, said) => {
    expect(text).toContain(before);
    const planted = JSON.parse(text.replaceAll(before, after)) as KubernetesObject[];
    const pods = listPods(planted).filter((pod) => !isNodeReader(pod));
    const answers = pods.map(async (pod) => cluster.tryObject(makePod(pod), NAMESPACES.restricted));
    const refusals = (await Promise.all(answers)).filter(({ status }) => status === 403);
    const messages = refusals.map(({ body }) => (body as { message: string }).message);
    expect(messages.join('\n')).toMatch(/violates PodSecurity "restricted:latest": /);
    expect(messages.join('\n')).toContain(said);
  });
});

test("the README's example of an application's pod is taken", async () => {
  const [, block = ''] = /^## Your application$[^]*?^```yaml\n([^]*?)^```$/m.exec(readFileSync(README, 'utf8')) ?? [];
  const { containers, volumes } = parse(block) as { containers: object[]; volumes: object[] };
  expect(containers).toHaveLength(1);
  const spec = { containers: containers.map((container) => ({ ...container, image: 'web:1' })), volumes };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec } as unknown as KubernetesObject;
  expect(findFaults(pod, await cluster.tryObject(pod, NAMESPACES.baseline))).toEqual([]);
});

describe('helm upgrade', () => {
  const before = render([LEAST]);
  /** Helm makes the objects of hooks anew. */
  const isKept = ({ metadata }: KubernetesObject): boolean => metadata.annotations?.['helm.sh/hook'] === undefined;

  beforeAll(async () => {
    for (const object of before.filter(isKept)) {
      const answer = await cluster.applyObject(object, placeOf(object), false);
      expect(findFaults(object, answer)).toEqual([]);
    }
  });

  async function upgrade(objects: readonly KubernetesObject[]): Promise<string[]> {
    const faults: string[] = [];
    for (const object of objects.filter(isKept)) {
      faults.push(...findFaults(object, await cluster.applyObject(object, placeOf(object), true)));
    }
    return faults;
  }

  test('every value may be turned on later, but what is said of the volume of a queue', async () => {
    const { gateway, ...others } = ALL;
    const { queue: _, ...gatewayOthers } = gateway as Record<string, unknown>;
    expect(
      await upgrade(render([LEAST, { ...others, gateway: { ...gatewayOthers, queue: { fsync: true } } }])),
    ).toEqual([]);
  });

  test('the next version of the chart may be the upgrade', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'barbossa-next-chart-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(CHART, folder, { recursive: true });
    const file = join(folder, 'Chart.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^((?:appV|v)ersion): .*$/gm, '$1: 99.0.0'));
    const next = render([LEAST], 'barbossa', folder);
    expect(next.every(({ metadata }) => metadata.labels?.['app.kubernetes.io/version'] === '99.0.0')).toBe(true);
    expect(await upgrade(next)).toEqual([]);
  });

  test.each([
    ['size', { size: '3Gi' }],
    ['storage class', { storageClassName: 'local' }],
    ['access mode', { accessMode: 'ReadWriteOncePod' }],
    ['claim', { existingClaim: 'old-queue' }],
  ])('the %s of the volume of a queue cannot be changed', async (_, queue) => {
    const faults = await upgrade(render([LEAST, { gateway: { replicas: 1, queue } }]));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`StatefulSet ${get(before, 'StatefulSet', 'gateway').metadata.name}: 422: `);
  });
});
