// @needs Helm
import { expect, test } from 'vitest';
import { ALL } from './support/cases.js';
import { LEAST, renderNotes } from './support/render.js';

test('say what to set in an application, and all that is not set yet', () => {
  const notes = renderNotes([LEAST]);
  expect(notes).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=http://barbossa-barbossa-telemetry-agent.music.svc:4318\n');
  expect(notes).toContain('kubectl -n music logs job/barbossa-barbossa-telemetry-setup\n');
  const open = notes.split('Not set yet:')[1] ?? '';
  expect(Array.from(open.matchAll(/^ {2}- ([\w.]+)/gm), ([, name]) => name)).toEqual([
    'token.secretName',
    'gateway.tls',
    'agent.tls',
    'monitoring.enabled',
    'rules.enabled',
    'dashboards.enabled',
    'podLogs.enabled',
  ]);
});

test('with all of it say that nothing is left', () => {
  const notes = renderNotes([LEAST, ALL]);
  expect(notes).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=https://barbossa-barbossa-telemetry-agent.music.svc:4318\n');
  expect(notes).toContain('with the token of the secret token');
  expect(notes).toMatch(/Not set yet:\n {2}nothing\./);
  expect(notes).toContain('Grafana has the folder Barbossa');
});

test('without an agent lead to the gateway, and warn of what goes in the clear', () => {
  const notes = renderNotes([LEAST, { agent: { enabled: false }, elasticsearch: { url: 'http://logs:9200' } }]);
  expect(notes).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=http://barbossa-barbossa-telemetry-gateway.music.svc:4318\n');
  expect(notes).toContain('elasticsearch.url is http://: log records and a password go to Elasticsearch in the clear');
});
