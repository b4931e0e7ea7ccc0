// @needs containers, disks, compose files, collector, Elasticsearch, Prometheus, Alertmanager, node exporter, Redis exporter, PostgreSQL exporter, PostgreSQL, Redis, Celery
import { beforeAll, describe, expect, test } from 'vitest';
import { readRules } from '../../scripts/rules/rule-files.js';
import { EXPECTED, NOT_CAUSED } from './alerts-faults/expected.js';
import { causeFaults, heal } from './alerts-faults/scenario.js';
import { Sightings, type Sighting } from './alerts-faults/sightings.js';
import { startSite } from './alerts-faults/start.js';

/** All faults at the same time, and what they take: mostly the `for` of the alerts. */
const ALL_MS = 900_000;
/** By what heal does, and not of the faults. */
const CAUSED_LATE = 'LogsRefused';
const RUNBOOKS = 'http://localhost:3000/public/runbooks';

let seen: Sightings;
beforeAll(async () => {
  const site = await startSite();
  seen = new Sightings(site.whole.urlOf('alertmanager', 9093));
  let end = async (): Promise<void> => {};
  try {
    const early = EXPECTED.filter(({ alert }) => alert !== CAUSED_LATE);
    await causeFaults(site, seen, early);
    end = await heal(site, seen, EXPECTED);
  } finally {
    await end();
    await seen.stop();
    await site.stop();
  }
}, ALL_MS);

describe.each(EXPECTED)('$alert, $severity, $labels', (one) => {
  const find = (): Sighting[] => seen.find(one);

  test('comes, and says what it is about', () => {
    expect(find()).not.toEqual([]);
    for (const { annotations, descriptions } of find()) {
      expect(Array.from(descriptions).filter((text) => one.text.test(text))).not.toEqual([]);
      expect(annotations['runbook_url']).toBe(`${RUNBOOKS}/${one.alert}.md`);
    }
  });

  test(one.keptBackBy === undefined ? 'is told of' : `is kept back by ${one.keptBackBy}`, () => {
    const expected = one.keptBackBy === undefined ? 'active' : 'suppressed';
    for (const { states } of find()) expect(Array.from(states)).toContain(expected);
    expect(find()).not.toEqual([]);
  });

  test(one.isLeft === undefined ? 'is resolved' : `stays: ${one.isLeft}`, () => {
    expect(find().map(({ isThere }) => isThere)).toEqual(find().map(() => one.isLeft !== undefined));
    expect(find()).not.toEqual([]);
  });
});

test('whatever came has a text that a person can read', () => {
  for (const { labels, annotations, descriptions } of seen.all) {
    for (const text of [annotations['summary'] ?? '', ...descriptions]) {
      expect(text, labels['alertname']).toMatch(/^\S.*\S$/s);
      expect(text).not.toMatch(/no value|error (?:expanding|calling|executing)|\{\{|%!|NaN|Inf\b|undefined/);
    }
  }
});

describe('each alert of deploy/ is caused, or there is a reason', () => {
  const nameRule = (alert: string, severity = '', window = ''): string => [alert, severity, window].join(' ').trim();
  const rules = readRules().flatMap(({ alert, labels = {}, for: takes = '0s' }) =>
    alert === undefined ? [] : [{ name: nameRule(alert, labels['severity'], labels['window']), takes }],
  );

  test('and none is in both tables', () => {
    const caused = EXPECTED.map(({ alert, severity, labels }) =>
      nameRule(alert, severity, String(labels['window'] ?? '')),
    );
    const others = NOT_CAUSED.map(({ alert, severity, window }) => nameRule(alert, severity, window));
    const all = [...new Set(caused), ...others];
    expect(all.toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
  });

  test.each(NOT_CAUSED)('$alert, $severity, $window', ({ alert, severity, window, takes, because }) => {
    const rule = rules.find(({ name }) => name === nameRule(alert, severity, window));
    if (takes !== undefined) expect(rule?.takes).toBe(takes);
    expect(because ?? takes).toBeDefined();
  });
});
