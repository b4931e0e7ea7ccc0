// @needs Helm
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { copyChartFiles } from '../../scripts/chart/chart-files.js';
import { inProject } from '../../scripts/project/root.js';
import { ALL } from './support/cases.js';
import type { Endpoint, KubernetesObject, Labels, RelabelRule } from './support/kubernetes.js';
import { get, LEAST, render } from './support/render.js';

const objects = render([LEAST, ALL]);
const values = parse(readFileSync(inProject('deploy/helm/barbossa-telemetry/values.yaml'), 'utf8')) as {
  rules: { exclude: string[] };
};

interface RuleFile {
  readonly groups: { readonly name: string; readonly rules: { readonly alert?: string }[] }[];
}

function listEndpoints({ spec }: KubernetesObject): readonly Endpoint[] {
  return spec?.endpoints ?? spec?.podMetricsEndpoints ?? [];
}

/** What Prometheus makes of labels, as far as these rules go. */
function relabel(rules: readonly RelabelRule[], before: Labels): Record<string, string> {
  let labels: Record<string, string> = { ...before };
  for (const { action = 'replace', sourceLabels = [], regex = '(.*)', targetLabel = '', replacement = '$1' } of rules) {
    const whole = new RegExp(`^(?:${regex})$`, 's');
    const expand = (text: string): string => text.replace(whole, replacement.replaceAll(/\$\{(\d)\}/g, '$$$1'));
    const names = Object.keys(labels).filter((name) => whole.test(name));
    if (action === 'labeldrop') {
      labels = Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
    }
    if (action === 'labelmap') {
      labels = { ...labels, ...Object.fromEntries(names.map((name) => [expand(name), labels[name] ?? ''])) };
    }
    const source = sourceLabels.map((name) => labels[name] ?? '').join(';');
    if (action === 'replace' && whole.test(source)) labels[targetLabel] = expand(source);
  }
  return labels;
}

describe('monitors', () => {
  const monitors = objects.filter(({ kind }) => kind === 'ServiceMonitor' || kind === 'PodMonitor');
  const jobs = new Map(
    monitors.map((monitor) => [
      monitor.metadata.name.replace('barbossa-barbossa-telemetry-', ''),
      relabel(listEndpoints(monitor)[0]?.relabelings ?? [], { __meta_kubernetes_pod_name: 'pod-7' }),
    ]),
  );

  test('give the jobs that the alerts are made of', () => {
    const target = (job: string): unknown => expect.objectContaining({ job, instance: 'pod-7' });
    expect(Object.fromEntries(jobs)).toEqual({
      gateway: target('collector'),
      agent: target('collector'),
      'pod-logs': target('collector'),
      'application-web': target('barbossa'),
      'application-worker': target('celery'),
    });
  });

  test('can be found by the labels of that Prometheus', () => {
    for (const { metadata } of monitors) expect(metadata.labels).toMatchObject({ release: 'prometheus' });
  });

  test('ask an application with the token that its secret has, where it is', () => {
    expect(listEndpoints(get(objects, 'PodMonitor', '-web'))[0]?.authorization).toEqual({
      type: 'Bearer',
      credentials: { name: 'metrics', key: 'token' },
    });
    expect(get(objects, 'PodMonitor', '-worker').spec?.namespaceSelector).toEqual({ matchNames: ['jobs'] });
  });

  test('make names with dots those of the rules, and leave others as they are', () => {
    const rules = listEndpoints(get(objects, 'ServiceMonitor', '-gateway'))[0]?.metricRelabelings ?? [];
    const before = {
      __name__: 'otelcol.elasticsearch.docs.processed',
      'http.response.status_code': '400',
      'error.type': 'x',
      job: 'a',
    };
    expect(relabel(rules, before)).toEqual({
      __name__: 'otelcol_elasticsearch_docs_processed',
      http_response_status_code: '400',
      error_type: 'x',
      job: 'a',
    });
    const usual = { __name__: 'otelcol_exporter_queue_size', exporter: 'elasticsearch', le: '0.5' };
    expect(relabel(rules, usual)).toEqual(usual);
  });
});

describe('rules', () => {
  const sources = copyChartFiles().flatMap(([file, text]) => (file.includes('/prometheus/') ? [{ file, text }] : []));

  test('are those of deploy/prometheus, without the alerts that are left out', () => {
    const kept = sources.flatMap(({ text }) =>
      (parse(text) as RuleFile).groups
        .map((group) => ({
          ...group,
          rules: group.rules.filter(({ alert = '' }) => !values.rules.exclude.includes(alert)),
        }))
        .filter(({ rules }) => rules.length > 0),
    );
    const made = objects.filter(({ kind }) => kind === 'PrometheusRule').flatMap(({ spec }) => spec?.groups ?? []);
    expect(made.toSorted(byName)).toEqual(kept.toSorted(byName));
  });

  test('leave out only alerts that there are', () => {
    const alerts = sources
      .flatMap(({ text }) => (parse(text) as RuleFile).groups.flatMap(({ rules }) => rules))
      .map(({ alert }) => alert);
    for (const name of values.rules.exclude) expect(alerts).toContain(name);
  });

  test('of every file of prometheus.yml are there, and of no other', () => {
    const { rule_files: files } = parse(readFileSync(inProject('deploy/prometheus/prometheus.yml'), 'utf8')) as {
      rule_files: string[];
    };
    expect(sources.map(({ file }) => file.replace(/.*\/prometheus\//, '')).toSorted()).toEqual(files.toSorted());
  });
});

test("dashboards are Grafana's files, with the label of its sidecar", () => {
  const maps = objects.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'dashboard');
  const found = maps.flatMap(({ data = {} }) => Object.entries(data));
  const sources = copyChartFiles().filter(([file]) => file.includes('/files/grafana/'));
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(sources.map(([file, text]) => [`barbossa-${file.replace(/.*\//, '')}`, text])),
  );
  for (const { metadata } of maps) expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
});

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
