// @needs Helm
import { describe, expect, test } from 'vitest';
import { ALL } from './support/cases.js';
import {
  findMissingSecrets,
  findPortFaults,
  findSecretFaults,
  findSecurityFaults,
  findVolumeFaults,
  listPods,
  type Pod,
} from './support/faults.js';
import type { KubernetesObject } from './support/kubernetes.js';
import { LEAST, render } from './support/render.js';

/** The text of all objects: what a mistake in a template would come to is written into it. */
const text = JSON.stringify(render([LEAST, ALL]));

function plant(before: string, after: string): KubernetesObject[] {
  expect(text).toContain(before);
  return JSON.parse(text.replaceAll(before, after)) as KubernetesObject[];
}

const ofPods = (find: (pod: Pod) => string[]) => (objects: readonly KubernetesObject[]) =>
  listPods(objects).flatMap(find);
const ofObjects = (objects: readonly KubernetesObject[]): string[] => objects.flatMap(findSecretFaults);

describe('a mistake in a template is seen', () => {
  const security = ofPods(findSecurityFaults);
  test.each<[string, string, string, (objects: readonly KubernetesObject[]) => string[]]>([
    ['otelcol may become more', '"allowPrivilegeEscalation":false', '"allowPrivilegeEscalation":true', security],
    ['otelcol writes to its image', '"readOnlyRootFilesystem":true', '"readOnlyRootFilesystem":false', security],
    ['otelcol keeps capabilities', '"capabilities":{"drop":["ALL"]}', '"capabilities":{"drop":["KILL"]}', security],
    ['otelcol has more capabilities', '{"drop":["ALL"]}', '{"drop":["ALL"],"add":["SYS_ADMIN"]}', security],
    ['is root', '"runAsUser":10001', '"runAsUser":0', security],
    ['has no seccomp profile', '"RuntimeDefault"', '"Unconfined"', security],
    [
      'has a token for the API',
      '"automountServiceAccountToken":false',
      '"automountServiceAccountToken":true',
      security,
    ],
    ['mounts a folder of the node', '"emptyDir":{"sizeLimit":"16Mi"}', '"hostPath":{"path":"/tmp"}', security],
    ['otelcol has a port of the node', '"containerPort":8888', '"hostPort":8888,"containerPort":8888', security],
    ['otelcol has an image without a version', '/barbossa-collector:0.1.0', '/barbossa-collector', security],
    ['is a secret', '"kind":"ConfigMap"', '"kind":"Secret"', ofObjects],
    ['otelcol has SOME_TOKEN', '"BARBOSSA_COLLECTOR_LOG_LEVEL"', '"SOME_TOKEN"', ofObjects],
    ['otelcol has a login in BARBOSSA_ELASTICSEARCH_URL', '"https://logs', '"https://user:password@logs', ofObjects],
    ['/run/secrets/ca.crt', '"path":"ca.crt"', '"path":"authority.crt"', ofPods(findMissingSecrets)],
    ['queue is no volume', '"metadata":{"name":"queue"', '"metadata":{"name":"other"', ofPods(findVolumeFaults)],
    ['otlp is no port of its pods', '"containerPort":4318', '"containerPort":4317', findPortFaults],
    ['4318 is shut by the policy', '"ports":[{"port":4318,"protocol":"TCP"}]', '"ports":[]', findPortFaults],
  ])('%s', (fault, before, after, find) => {
    expect(find(JSON.parse(text) as KubernetesObject[])).toEqual([]);
    expect(find(plant(before, after)).join('\n')).toContain(fault);
  });
});
