// @needs Helm
import { describe, expect, test } from 'vitest';
import { CASES } from './support/cases.js';
import {
  findMissingSecrets,
  findPortFaults,
  findSecretFaults,
  findSecurityFaults,
  findVolumeFaults,
  isNodeReader,
  isOpen,
  isSelected,
  listContainers,
  listPods,
  listPolicies,
} from './support/faults.js';
import { LEAST, NAMESPACE, render } from './support/render.js';

/** Longer ones are refused for pods and services; the names of a StatefulSet's and DaemonSet's revisions end in `-` and 10 letters. */
const MAX_NAME = 63;
const MAX_REVISED_NAME = MAX_NAME - 11;

describe.each(CASES)('$title', ({ values, release }) => {
  const objects = render([LEAST, values], release);
  const pods = listPods(objects);

  test('every pod fits the restricted standard, but the one that reads the files of its node', () => {
    for (const pod of pods) {
      expect({ [pod.owner.metadata.name]: findSecurityFaults(pod) }).toEqual({ [pod.owner.metadata.name]: [] });
    }
    expect(pods.filter(isNodeReader).length).toBeLessThanOrEqual(1);
  });

  test('no object holds a secret', () => {
    for (const object of objects) {
      expect([object.metadata.name, ...findSecretFaults(object)]).toEqual([object.metadata.name]);
    }
  });

  test('secrets and their keys are text', () => {
    const sources = pods.flatMap(
      ({ spec }) => spec.volumes?.flatMap(({ projected }) => projected?.sources ?? []) ?? [],
    );
    for (const { secret } of sources) {
      const names = [secret.name, ...secret.items.flatMap(({ key, path }) => [key, path])];
      expect(names.map((name) => typeof name)).toEqual(names.map(() => 'string'));
    }
  });

  test('what a pod is told of is mounted in it', () => {
    for (const pod of pods) {
      expect(findMissingSecrets(pod)).toEqual([]);
      expect(findVolumeFaults(pod)).toEqual([]);
    }
    const maps = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    const mounted = pods.flatMap(({ spec }) => spec.volumes?.flatMap(({ configMap }) => configMap?.name ?? []) ?? []);
    expect(maps).toEqual(expect.arrayContaining(mounted));
  });

  test('every port of a service is one of its pods and is let through', () => {
    expect(findPortFaults(objects)).toEqual([]);
  });

  test('every pod has a policy, or none has; health is let through to nobody', () => {
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy').length;
    for (const pod of pods) {
      expect(listPolicies(objects, pod)).toHaveLength(policies > 0 ? 1 : 0);
      if (policies > 0) expect(isOpen(objects, pod, 13133)).toBe(false);
    }
    for (const { spec } of objects.filter(({ kind }) => kind === 'NetworkPolicy')) {
      expect(spec?.policyTypes).toEqual(['Ingress', 'Egress']);
    }
  });

  test('every collector is asked by its health check', () => {
    const collectors = pods.filter(({ owner }) => owner.kind !== 'Job').flatMap(listContainers);
    expect(collectors.length).toBeGreaterThan(0);
    for (const { env, ports, startupProbe, livenessProbe, readinessProbe } of collectors) {
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        expect(probe?.httpGet).toEqual({ path: '/', port: 'health' });
      }
      const health = ports?.find(({ name }) => name === 'health')?.containerPort;
      expect(env?.find(({ name }) => name === 'BARBOSSA_COLLECTOR_HEALTH_ENDPOINT')?.value).toBe(`0.0.0.0:${health}`);
    }
  });

  test('selectors are of the labels that pods have, and of no other pods', () => {
    for (const { owner, labels } of pods.filter(({ owner: { kind } }) => kind !== 'Job')) {
      const selector = owner.spec?.selector?.matchLabels ?? {};
      expect(pods.filter((pod) => isSelected(pod.labels, selector)).map((pod) => pod.labels)).toEqual([labels]);
    }
  });

  test('names are short enough, each is there once, and all are in the namespace', () => {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { kind, metadata } of objects) {
      const longest = ['StatefulSet', 'DaemonSet'].includes(kind) ? MAX_REVISED_NAME : MAX_NAME;
      expect(metadata.name.length, metadata.name).toBeLessThanOrEqual(longest);
      expect(metadata.name).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])?$/);
      expect(metadata.namespace).toBe(NAMESPACE);
      for (const value of Object.values(metadata.labels ?? {})) expect(value.length).toBeLessThanOrEqual(MAX_NAME);
    }
  });

  test('service accounts are there, and have no token', () => {
    const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
    for (const account of accounts) expect(account.automountServiceAccountToken).toBe(false);
    for (const { spec } of pods) {
      expect(accounts.map(({ metadata }) => metadata.name)).toContain(spec.serviceAccountName);
    }
  });
});
