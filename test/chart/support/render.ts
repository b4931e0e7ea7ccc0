import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { inProject } from '../../../scripts/project/root.js';
import { findHelm } from '../../../scripts/stack/install-helm.js';
import type { KubernetesObject } from './kubernetes.js';

export const CHART = inProject('deploy/helm/barbossa-telemetry');

/** Values as a site writes them. */
export type Values = Readonly<Record<string, unknown>>;

/** The oldest Kubernetes that Chart.yaml names. */
const KUBERNETES = '1.31.0';
export const NAMESPACE = 'music';

/** The least that the chart asks for. */
export const LEAST: Values = {
  elasticsearch: { url: 'https://logs.elastic.svc:9200', writer: { passwordSecret: 'writer' } },
  setup: { passwordSecret: 'setup' },
};

/** What a run of Helm said. */
export interface HelmRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Helm on the chart, each of `values` laid over those before it. */
export function runHelm(command: readonly string[], values: readonly Values[]): HelmRun {
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-chart-'));
  try {
    const files = values.map((value, index) => {
      // JSON is YAML, and leaves no word to be read as something else.
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(value));
      return `--values=${file}`;
    });
    // Nothing of the person's own Helm is read or written.
    const env = { PATH: process.env['PATH'], HOME: folder, HELM_CACHE_HOME: folder, GOMAXPROCS: '2' };
    const args = [...command, `--namespace=${NAMESPACE}`, `--kube-version=${KUBERNETES}`, ...files];
    const { status, stdout, stderr, error } = spawnSync(findHelm(), args, { env, encoding: 'utf8' });
    if (error !== undefined) throw error;
    return { code: status ?? 1, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What Kubernetes would be given. */
export function render(values: readonly Values[], release = 'barbossa', chart = CHART): KubernetesObject[] {
  const { code, stdout, stderr } = runHelm(['template', release, chart], values);
  if (code !== 0) throw new Error(stderr);
  // As Kubernetes' own reader has it: `yes` is no text.
  return parseAllDocuments(stdout, { version: '1.1' }).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

/** What a person reads after an install: Helm says it of no chart that it only renders. */
export function renderNotes(values: readonly Values[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-notes-'));
  try {
    cpSync(CHART, folder, { recursive: true });
    const template =
      "kind: Notes\nmetadata: { name: notes }\ndata: { text: {{ include (print .Template.BasePath '/NOTES.txt') . | toJson }} }\n";
    writeFileSync(join(folder, 'templates/notes.yaml'), template.replaceAll("'", '"'));
    return get(render(values, 'barbossa', folder), 'Notes', 'notes').data?.['text'] ?? '';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the chart says against values. */
export function findRefusal(values: readonly Values[], release = 'barbossa'): string {
  const { code, stderr } = runHelm(['template', release, CHART], values);
  if (code === 0) throw new Error('these values were taken');
  return stderr;
}

/** The only object of its kind with a name's end. */
export function get(objects: readonly KubernetesObject[], kind: string, end: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name.endsWith(end));
  const [object] = found;
  if (object === undefined || found.length > 1) throw new Error(`there are ${found.length} of ${kind} ${end}`);
  return object;
}
