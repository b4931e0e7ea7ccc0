import type { Values } from './render.js';

/** Everything that can be turned on, on. */
export const ALL: Values = {
  image: { repository: 'registry.example.com/barbossa-collector', pullSecrets: ['registry-login'] },
  elasticsearch: { ca: { secretName: 'elasticsearch-ca' } },
  token: { secretName: 'token' },
  gateway: {
    tls: {
      enabled: true,
      secretName: 'gateway-tls',
      caSecret: 'authority',
      clientCaSecret: 'clients',
      clientSecret: 'agent',
    },
    autoscaling: { enabled: true, metric: 'otelcol_exporter_queue_size', scaleDown: true },
    queue: { storageClassName: 'local', fsync: true },
  },
  agent: { tls: { enabled: true, secretName: 'agent-tls' }, tolerations: [{ operator: 'Exists' }] },
  podLogs: {
    enabled: true,
    pods: [
      { namespace: 'music', pod: 'postgres-*' },
      { namespace: 'music', pod: 'celery-*', container: 'worker', role: 'worker' },
    ],
  },
  networkPolicy: { elasticsearch: [{ namespaceSelector: { matchLabels: { name: 'elastic' } } }] },
  monitoring: {
    enabled: true,
    labels: { release: 'prometheus' },
    applications: [
      { name: 'web', job: 'barbossa', matchLabels: { app: 'web' }, tokenSecret: { name: 'metrics', key: 'token' } },
      { name: 'worker', job: 'celery', matchLabels: { app: 'worker' }, namespace: 'jobs' },
    ],
  },
  rules: { enabled: true },
  dashboards: { enabled: true },
};

/** The longest name that Helm lets a release have. */
const LONG_NAME = `${'a-long-name-of-a-release-'.repeat(2)}abc`;

/** Values that a site might have. */
export interface Case {
  readonly title: string;
  readonly values: Values;
  readonly release?: string;
}

export const CASES: readonly Case[] = [
  { title: 'the least', values: {} },
  { title: 'all', values: ALL },
  { title: 'all, with the longest name', values: ALL, release: LONG_NAME },
  { title: 'a token', values: { token: { secretName: 'token' } } },
  { title: 'HTTPS at the gateway only', values: { gateway: { tls: { enabled: true, secretName: 'gateway-tls' } } } },
  { title: 'HTTPS at the agent only', values: { agent: { tls: { enabled: true, secretName: 'agent-tls' } } } },
  { title: 'no agent', values: { agent: { enabled: false } } },
  {
    title: 'logs of pods, and no agent',
    values: { agent: { enabled: false }, podLogs: { enabled: true, pods: [{ namespace: 'x' }] } },
  },
  {
    title: 'one gateway with a claim of its own',
    values: { gateway: { replicas: 1, queue: { existingClaim: 'old-queue' } } },
  },
  {
    title: 'names that YAML would read otherwise',
    values: {
      elasticsearch: { ca: { secretName: '12', key: '1e3' }, writer: { passwordSecret: 'no', passwordKey: 'on' } },
      setup: { passwordSecret: 'off', passwordKey: 'null' },
      token: { secretName: 'yes', key: '0' },
      gateway: { tls: { enabled: true, secretName: '0x1f' } },
    },
    release: 'y',
  },
  { title: 'no network policies', values: { networkPolicy: { enabled: false } } },
  { title: 'no set-up', values: { setup: { enabled: false, passwordSecret: '' } } },
  {
    title: 'an Elasticsearch without ILM and HTTPS',
    values: { elasticsearch: { url: 'http://logs:9200' }, setup: { withoutIlm: true } },
  },
  {
    title: 'a name of its own, and a digest',
    values: { fullnameOverride: 'b', image: { digest: `sha256:${'0'.repeat(64)}` } },
  },
];
