import { ALL, CASES, type Case } from '../../chart/support/cases.js';
import type { Values } from '../../chart/support/render.js';

/** Values that only the API server reads closely: the chart hands them on as they are. */
const HANDED_ON: Values = {
  gateway: {
    queue: { accessMode: 'ReadWriteOncePod', size: '3Gi' },
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'logs', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }],
    terminationGracePeriodSeconds: 120,
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '2Gi' } },
  },
  agent: {
    priorityClassName: 'system-node-critical',
    nodeSelector: { 'node-role.kubernetes.io/worker': '' },
    tolerations: [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
  },
  networkPolicy: {
    applications: [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'music' } }, podSelector: {} },
      { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
    ],
    prometheus: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['prometheus'] }] } }],
    elasticsearch: [{ ipBlock: { cidr: '192.0.2.10/32' } }],
    elasticsearchPort: 9243,
  },
  monitoring: {
    enabled: true,
    interval: '1m',
    applications: [
      { name: 'web', job: 'barbossa', matchLabels: { app: 'web' }, port: 'admin', path: '/m', scheme: 'https' },
    ],
  },
};

/** As far as the chart lets values go. */
const EDGES: Values = {
  fullnameOverride: 'a'.repeat(63),
  image: { tag: 'v'.repeat(128) },
  token: { secretName: 'a'.repeat(253), key: 'a_b.c-d' },
  gateway: {
    replicas: 50,
    maxUnavailable: 0,
    terminationGracePeriodSeconds: 1,
    // Numbers of a million and more.
    queue: { size: 2_147_483_648 },
    autoscaling: { enabled: true, metric: 'x', minReplicas: 1, maxReplicas: 1, averageValue: 2_000_001 },
    resources: { requests: { cpu: '1', memory: '1536Mi' }, limits: { cpu: '1', memory: '1536Mi' } },
  },
  podLogs: {
    enabled: true,
    pods: [{ namespace: 'x', pod: '*' }],
    logDir: '/.a/b..c',
    stateDir: '/x/y',
  },
  networkPolicy: { elasticsearchPort: 65_535 },
  monitoring: {
    enabled: true,
    interval: '1h2m3s4ms',
    labels: { 'example.com/release': '' },
    applications: [{ name: '0-23456789', job: 'celery', matchLabels: { a: 'b' }, port: 'a-port-of-15-be' }],
  },
  rules: { enabled: true, labels: { A_b: 'c.d-E' }, exclude: [] },
  dashboards: { enabled: true, annotations: { folder: 'any text: "at all"' } },
};

/** Values that a site might have, and the release's name. */
export const MATRIX: readonly Case[] = [
  ...CASES,
  { title: 'all that is handed on', values: HANDED_ON },
  { title: 'all as far as it goes', values: EDGES },
  { title: 'all, under the shortest name', values: { ...ALL, fullnameOverride: 'b' }, release: 'b' },
];
