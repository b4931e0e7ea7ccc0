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

/** Values that a site might have, and the release's name. */
export const MATRIX: readonly Case[] = [
  ...CASES,
  { title: 'all that is handed on', values: HANDED_ON },
  { title: 'all, under the shortest name', values: { ...ALL, fullnameOverride: 'b' }, release: 'b' },
];
