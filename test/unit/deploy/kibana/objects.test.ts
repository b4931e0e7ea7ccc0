import { describe, expect, test } from 'vitest';
import { readKnown } from '../../../../deploy/grafana/builder/known.js';
import { renderFiles } from '../../../../deploy/kibana/builder/index.js';
import type { SavedObject } from '../../../../deploy/kibana/builder/objects.js';
import { listQuestions, readObjects } from './read-objects.js';

const objects = readObjects();
const known = readKnown();
const RECORDS = '___records___';

interface Panel {
  readonly type: string;
  readonly panelIndex: string;
  readonly panelRefName: string;
  readonly gridData: {
    readonly i: string;
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
}

test('the committed file is what the builder makes', () => {
  const text = objects.map((object) => `${JSON.stringify(object)}\n`).join('');
  expect(renderFiles()).toStrictEqual([['objects.ndjson', text]]);
});

test('there are data views for both index patterns and both together, searches, charts and a dashboard', () => {
  const titles = (type: string) =>
    objects.filter((object) => object.type === type).map(({ attributes }) => attributes['title']);
  expect(titles('index-pattern')).toStrictEqual([
    'barbossa-logs-*,logs-barbossa-*',
    'celery-logs-*,logs-barbossa.worker-*',
    'barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*',
  ]);
  expect(titles('search')).toStrictEqual([
    'Barbossa: everything',
    'Barbossa: errors',
    'Barbossa: one request',
    'Barbossa: slow requests',
    'Barbossa: workers',
  ]);
  expect(titles('lens')).toStrictEqual([
    'Barbossa: log volume',
    'Barbossa: errors by logger',
    'Barbossa: top messages',
  ]);
  expect(titles('dashboard')).toStrictEqual(['Barbossa: logs']);
});

test('ids are unique, and what is referred to is in the file, before', () => {
  const seen = new Set<string>();
  for (const { type, id, references } of objects) {
    for (const reference of references) expect([...seen]).toContain(`${reference.type} ${reference.id}`);
    expect([...seen]).not.toContain(`${type} ${id}`);
    seen.add(`${type} ${id}`);
  }
});

describe('what is asked', () => {
  const questions = listQuestions(objects);

  test('is asked by every search and every chart', () => {
    const asking = objects.filter(({ type }) => type === 'search' || type === 'lens');
    expect(questions.map(({ id }) => id)).toStrictEqual(asking.map(({ id }) => id));
  });

  test.each(questions)(
    '$title: fields that documents have',
    ({ query, fields, sort, columns, timeField, runtimeFields }) => {
      const all = new Set([...known.fields, ...Object.keys(runtimeFields)]);
      const countable = new Set([...known.keywords, RECORDS]);
      expect(query.language).toBe('lucene');
      const inQuery = Array.from(query.query.matchAll(/([\w.@]+):/g), ([, field]) => field);
      const sorted = sort.map(([field]) => field);
      for (const field of [...inQuery, ...fields, ...sorted, timeField]) expect([...all]).toContain(field);
      for (const [, { sourceField }] of columns) expect([...countable]).toContain(sourceField);
    },
  );

  test.each(questions.filter(({ columns }) => columns.length > 0))(
    '$title: buckets first, then what is counted',
    ({ columns }) => {
      const bucketed = columns.map(([, { isBucketed }]) => isBucketed);
      expect(bucketed).toStrictEqual([...bucketed].sort((a, b) => Number(b) - Number(a)));
      const ids = columns.map(([id]) => id);
      for (const [, { params }] of columns) {
        if (params.orderBy !== undefined) expect(ids).toContain(params.orderBy.columnId);
      }
    },
  );

  test.each(objects.filter(({ type }) => type === 'lens'))('$id shows columns that it has', ({ attributes }) => {
    const { state } = attributes as { state: { visualization: object; datasourceStates: object } };
    const shown = Array.from(
      JSON.stringify(state.visualization).matchAll(/"(?:columnId|xAccessor|splitAccessor)":"(\w+)"/g),
      ([, id]) => id,
    );
    expect(shown.length).toBeGreaterThan(0);
    for (const id of shown) expect(JSON.stringify(state.datasourceStates)).toContain(`"${id}":{"label"`);
  });
});

test('the panels of the dashboard are there, beside each other', () => {
  const dashboard = objects.find(({ type }) => type === 'dashboard') as SavedObject;
  const panels = JSON.parse(dashboard.attributes['panelsJSON'] as string) as Panel[];
  const names = dashboard.references.map(({ type, name }) => `${type} ${name}`);
  expect(panels.map(({ type, panelIndex, panelRefName }) => `${type} ${panelIndex}:${panelRefName}`)).toStrictEqual(
    names,
  );
  for (const [index, { gridData: a }] of panels.entries()) {
    expect(a.x + a.w).toBeLessThanOrEqual(48);
    for (const { gridData: b } of panels.slice(0, index)) {
      expect(a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h).toBe(false);
    }
  }
});
