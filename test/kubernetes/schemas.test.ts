// @needs Helm, kubeconform
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findKubeconform } from '../../scripts/stack/install-kubernetes.js';
import { ALL } from '../chart/support/cases.js';
import type { KubernetesObject } from '../chart/support/kubernetes.js';
import { LEAST, render } from '../chart/support/render.js';
import { MATRIX } from './support/matrix.js';
import { LOCATION, writeSchemas } from './support/schemas.js';

const { program, version } = findKubeconform();
const cases = MATRIX.map((known) => ({ ...known, objects: render([LEAST, known.values], known.release) }));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'barbossa-schemas-'));
  writeSchemas(folder, new Set(cases.flatMap(({ objects }) => objects.map(({ kind }) => kind))));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Checked {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly msg: string;
}

/** What kubeconform says of objects, each by its status. */
function check(objects: readonly KubernetesObject[]): Checked[] {
  const file = join(folder, 'objects.yaml');
  writeFileSync(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  const options = ['-strict', '-verbose', '-output=json', `-kubernetes-version=${version}`];
  const { stdout, error } = spawnSync(program, [...options, `-schema-location=${join(folder, LOCATION)}`, file], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, GOMAXPROCS: '2' },
  });
  if (error !== undefined) throw error;
  return (JSON.parse(stdout) as { resources: Checked[] }).resources;
}

test.each(cases)('$title: every object is what the oldest Kubernetes of Chart.yaml says', ({ objects }) => {
  const expected = objects.map(({ kind, metadata }) => ({ kind, name: metadata.name, status: 'statusValid', msg: '' }));
  expect(check(objects).map(({ kind, name, status, msg }) => ({ kind, name, status, msg }))).toEqual(
    expect.arrayContaining(expected),
  );
});

describe('kubeconform refuses', () => {
  const text = JSON.stringify(render([LEAST, ALL]));

  test.each([
    ['a field that there is not', '"readOnlyRootFilesystem"', '"readonlyRootFilesystem"', 'readonlyRootFilesystem'],
    ['text where a number belongs', '"containerPort":8888', '"containerPort":"8888"', 'got string, want integer'],
    // Kubernetes 1.37 takes it.
    [
      'a field of a newer Kubernetes',
      '"restartPolicy":',
      '"hostnameOverride":"a","restartPolicy":',
      'hostnameOverride',
    ],
    ['an alert without its expression', '"expr":', '"expression":', 'expression'],
    ["a monitor's field that there is not", '"metricRelabelings":', '"metricRelabels":', 'metricRelabels'],
  ])('%s', (_, before, after, said) => {
    expect(text).toContain(before);
    const faults = check(JSON.parse(text.replaceAll(before, after)) as KubernetesObject[]).filter(
      ({ status }) => status !== 'statusValid',
    );
    expect(faults.map(({ msg }) => msg).join('\n')).toContain(said);
  });
});
