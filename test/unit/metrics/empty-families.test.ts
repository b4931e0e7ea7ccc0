import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { emptyResource } from '@opentelemetry/resources';
import { describe, expect, test } from 'vitest';
import { addEmptyFamilies } from '../../../src/metrics/empty-families.js';
import { CATALOGUE, type MetricRow } from '../../../src/metrics/catalogue.js';
import { createInstruments } from '../../../src/metrics/instruments.js';
import { startTestMeter, type Scrape } from './test-meter.js';

function serialize(scrape: Scrape): string {
  return new PrometheusSerializer(undefined, false, undefined, true, true).serialize({
    resource: emptyResource(),
    scopeMetrics: [{ scope: { name: 'test' }, metrics: [...scrape.values()] }],
  });
}

const rows: readonly MetricRow[] = Object.values(CATALOGUE);

describe('addEmptyFamilies', () => {
  test.each(['', '# no registered metrics', '# TYPE other gauge\nother 1\n'])(
    'after %j every family is there',
    (text) => {
      const full = addEmptyFamilies(text, rows);
      expect(full.startsWith(text)).toBe(true);
      expect(full.endsWith('\n')).toBe(true);
      for (const { name, kind } of rows) {
        const type = kind.includes(' ') ? 'gauge' : kind;
        expect(full.split('\n').filter((line) => line === `# TYPE ${name} ${type}`)).toHaveLength(1);
        expect(full.split('\n').filter((line) => line.startsWith(`# HELP ${name} `))).toHaveLength(1);
      }
    },
  );

  test('a family that has series stays as it is, also where its name begins another', () => {
    const text =
      '# TYPE barbossa_tasks gauge\nbarbossa_tasks 1\n# TYPE barbossa_tasks_total counter\nbarbossa_tasks_total 1\n';
    const full = addEmptyFamilies(text, [
      CATALOGUE.tasks,
      { name: 'barbossa_task', kind: 'up-down counter', help: 'a\\b\nc', labels: [] },
    ]);
    expect(full).toBe(`${text}# HELP barbossa_task a\\\\b\\nc\n# TYPE barbossa_task gauge\n`);
  });

  test('what OpenTelemetry serializes is recognised', async () => {
    const scrape = startTestMeter();
    const { downloads, downloadDuration, activeDownloads } = createInstruments();
    downloads.add(1, { source: 'a', status: 'success' });
    downloadDuration.record(1, { source: 'a' });
    activeDownloads.add(1);
    const text = serialize(await scrape());
    const types = addEmptyFamilies(text, rows).match(/^# TYPE \S+/gm) ?? [];
    expect(types.toSorted()).toEqual(rows.map(({ name }) => `# TYPE ${name}`).toSorted());
  });
});
