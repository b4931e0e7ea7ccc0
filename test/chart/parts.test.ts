// @needs Helm
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { copyChartFiles } from '../../scripts/chart/chart-files.js';
import { inProject } from '../../scripts/project/root.js';
import { ALL } from './support/cases.js';
import type { KubernetesObject } from './support/kubernetes.js';
import { CHART, get, LEAST, render, runHelm, type Values } from './support/render.js';

const read = (file: string): string => readFileSync(inProject(file), 'utf8');
const least = render([LEAST]);
const all = render([LEAST, ALL]);

/** Environment of the only container of an object's pods. */
function readEnv(object: KubernetesObject): Record<string, string | undefined> {
  const [container] = object.spec?.template?.spec.containers ?? [];
  return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
}

function listConfigs(object: KubernetesObject): string[] {
  const [container] = object.spec?.template?.spec.containers ?? [];
  return (container?.args ?? []).flatMap((arg) => /^--config=\/etc\/otelcol\/(.+)$/.exec(arg)?.[1] ?? []);
}

test('helm lint has nothing to say', () => {
  const run = runHelm(['lint', CHART, '--strict'], [LEAST, ALL]);
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
});

describe('files', () => {
  test.each(copyChartFiles().map(([file, text]) => ({ file, text })))('$file is its source', ({ file, text }) => {
    expect(read(file)).toBe(text);
  });

  test.each(['gateway', 'agent', 'pod-logs'])('%s runs the files of otel-collector/ and no others', (component) => {
    const { data = {} } = get(all, 'ConfigMap', `-${component}`);
    for (const [name, text] of Object.entries(data)) expect(text).toBe(read(`otel-collector/${name}`));
    const owner = get(all, component === 'gateway' ? 'StatefulSet' : 'DaemonSet', `-${component}`);
    expect(listConfigs(owner)).toEqual(
      Object.keys(data).toSorted((a, b) => listConfigs(owner).indexOf(a) - listConfigs(owner).indexOf(b)),
    );
  });

  test('token and HTTPS are laid over where they are asked for', () => {
    expect(listConfigs(get(least, 'StatefulSet', '-gateway'))).toEqual(['gateway.yaml']);
    expect(listConfigs(get(least, 'DaemonSet', '-agent'))).toEqual(['agent.yaml']);
    expect(listConfigs(get(all, 'StatefulSet', '-gateway'))).toEqual([
      'gateway.yaml',
      'with-token.yaml',
      'with-tls.yaml',
    ]);
    expect(listConfigs(get(all, 'DaemonSet', '-agent'))).toEqual([
      'agent.yaml',
      'agent-with-token.yaml',
      'with-tls.yaml',
    ]);
    const reader = listConfigs(get(all, 'DaemonSet', '-pod-logs'));
    expect(reader).toEqual(['agent.yaml', 'container-logs.yaml', 'pod-logs.yaml', 'agent-with-token.yaml']);
  });

  test('every variable of a pod is one that its files know', () => {
    for (const owner of all.filter(({ kind }) => kind === 'StatefulSet' || kind === 'DaemonSet')) {
      const text = listConfigs(owner).map((name) => read(`otel-collector/${name}`));
      for (const name of Object.keys(readEnv(owner))) expect(text.join('\n')).toContain(`\${env:${name}`);
    }
    const settings = read('deploy/elasticsearch/setup.js');
    for (const name of Object.keys(readEnv(get(all, 'Job', '-setup')))) expect(settings).toContain(` ${name} `);
  });

  test('the set-up finds its files below their names', () => {
    const { data = {} } = get(least, 'ConfigMap', '-setup');
    const [program] = get(least, 'Job', '-setup').spec?.template?.spec.volumes ?? [];
    const paths = program?.configMap?.items?.map(({ key, path }) => [path, data[key]]) ?? [];
    const prefix = 'deploy/helm/barbossa-telemetry/files/elasticsearch/';
    const wanted = copyChartFiles().flatMap(([file, text]) =>
      file.startsWith(prefix) ? [[file.slice(prefix.length), text]] : [],
    );
    expect(Object.fromEntries(paths)).toEqual(Object.fromEntries(wanted));
  });
});

describe('the gateway', () => {
  test('has a volume of its own for each queue, which stays', () => {
    const { spec } = get(least, 'StatefulSet', '-gateway');
    expect(spec).toMatchObject({
      replicas: 2,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [
        {
          metadata: { name: 'queue' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
        },
      ],
    });
    expect(readEnv(get(least, 'StatefulSet', '-gateway'))['BARBOSSA_COLLECTOR_QUEUE_DIR']).toBe(
      '/var/lib/otelcol/queue',
    );
    expect(get(least, 'Service', spec?.serviceName ?? '').spec?.clusterIP).toBe('None');
  });

  test('with a claim that is there takes that one', () => {
    const [one] = [render([LEAST, { gateway: { replicas: 1, queue: { existingClaim: 'old-queue' } } }])];
    const { spec } = get(one, 'StatefulSet', '-gateway');
    expect(spec?.volumeClaimTemplates).toBeUndefined();
    expect(spec?.template?.spec.volumes).toContainEqual({
      name: 'queue',
      persistentVolumeClaim: { claimName: 'old-queue' },
    });
  });

  test('writes numbers as numbers are written', () => {
    expect(readEnv(get(all, 'StatefulSet', '-gateway'))).toMatchObject({
      BARBOSSA_COLLECTOR_QUEUE_BYTES: '1073741824',
      BARBOSSA_COLLECTOR_MAX_REQUEST_BYTES: '16777216',
      BARBOSSA_COLLECTOR_QUEUE_FSYNC: 'true',
    });
  });

  test('is scaled by its autoscaler, and by nobody else then', () => {
    const { spec } = get(all, 'StatefulSet', '-gateway');
    expect(spec?.replicas).toBeUndefined();
    expect(get(all, 'HorizontalPodAutoscaler', '-gateway').spec?.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: get(all, 'StatefulSet', '-gateway').metadata.name,
    });
    expect(least.some(({ kind }) => kind === 'HorizontalPodAutoscaler')).toBe(false);
  });
});

describe('the agent', () => {
  test('is reached on its own node only, and reaches the gateway by its service', () => {
    expect(get(least, 'Service', '-agent').spec?.internalTrafficPolicy).toBe('Local');
    const gateway = get(least, 'Service', '-gateway').metadata.name;
    expect(readEnv(get(least, 'DaemonSet', '-agent'))['BARBOSSA_GATEWAY_URL']).toBe(`http://${gateway}.music.svc:4318`);
    expect(readEnv(get(all, 'DaemonSet', '-agent'))['BARBOSSA_GATEWAY_URL']).toMatch(/^https:/);
  });

  test('knows neither Elasticsearch nor its password', () => {
    for (const component of ['-agent', '-pod-logs']) {
      const agent = JSON.stringify(get(all, 'DaemonSet', component));
      expect(agent).not.toMatch(/ELASTICSEARCH|writer/);
    }
  });
});

test('logs of pods are those of the pods that are named', () => {
  expect(readEnv(get(all, 'DaemonSet', '-pod-logs'))).toMatchObject({
    BARBOSSA_POD_LOGS: '["/var/log/pods/music_postgres-*_*/*/*.log*","/var/log/pods/music_celery-*_*/worker/*.log*"]',
    BARBOSSA_POD_LOG_WORKERS: '^(?:music/celery-[^/]*/worker)$',
    BARBOSSA_COLLECTOR_OTLP_ENDPOINT: '127.0.0.1:4318',
  });
});

describe("the way to Elasticsearch's port", () => {
  test.each<[string, Values, number]>([
    ['as its address says', {}, 9200],
    ['of https', { elasticsearch: { url: 'https://logs.example.com' } }, 443],
    ['of http', { elasticsearch: { url: 'http://logs.example.com/' } }, 80],
    ["of the pods behind a service's", { networkPolicy: { elasticsearchPort: 9243 } }, 9243],
  ])('%s', (_, values, port) => {
    for (const component of ['-gateway', '-setup']) {
      const { spec } = get(render([LEAST, values]), 'NetworkPolicy', component);
      expect(spec?.egress?.at(-1)?.ports).toEqual([{ port, protocol: 'TCP' }]);
    }
  });
});
