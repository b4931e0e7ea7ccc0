// @needs Helm
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TSC } from '../../scripts/project/build.js';
import { inCache, inProject } from '../../scripts/project/root.js';
import { CASES } from './support/cases.js';
import type { KubernetesObject } from './support/kubernetes.js';
import { LEAST, render } from './support/render.js';

/** What the compiler says of objects, each as a value of the published type of its kind. An unknown field is an error. */
async function compile(files: Readonly<Record<string, string>>): Promise<string> {
  mkdirSync(inCache(''), { recursive: true });
  // In the project, so that the packages are found.
  const folder = mkdtempSync(inCache('chart-types-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const types = relative(folder, inProject('test/chart-types/index.js'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.ts`), `import type * as types from '${types}';\n${text}`);
  }
  const config = { extends: relative(folder, inProject('test/tsconfig.json')), include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return new Promise((resolve) => {
    execFile(process.execPath, [inProject(TSC), '-p', folder], (error, stdout, stderr) => {
      resolve(error === null ? '' : `${stdout}${stderr}`);
    });
  });
}

function print(objects: readonly KubernetesObject[]): string {
  const lines = objects.map(
    (object, index) => `export const x${index}: types.${object.kind} = ${JSON.stringify(object)};`,
  );
  return `${lines.join('\n')}\n`;
}

const files = Object.fromEntries(
  CASES.map(({ values, release }, index) => [`case-${index}`, print(render([LEAST, values], release))]),
);

test('the objects are what the published types of Kubernetes and prometheus-operator say', async () => {
  expect(await compile(files)).toBe('');
});

test.each([
  [
    'a field that there is not',
    '"readOnlyRootFilesystem":true',
    '"readonlyRootFilesystem":true',
    'readonlyRootFilesystem',
  ],
  ['a number that is text', '"containerPort":8888', '"containerPort":"8888"', "to type 'number'"],
  ['a field at the wrong place', '"minReadySeconds":5', '"fsGroup":5', 'fsGroup'],
  ["a monitor's field that there is not", '"metricRelabelings":', '"metricRelabels":', 'metricRelabels'],
])('%s is found', async (_, from, to, said) => {
  // Of all that can be turned on.
  const text = files['case-1'] ?? '';
  expect(text).toContain(from);
  expect(await compile({ planted: text.replace(from, to) })).toContain(said);
});
