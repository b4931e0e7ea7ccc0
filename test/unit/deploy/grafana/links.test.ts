import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readDashboards } from '../../../../deploy/grafana/builder/read.js';
import { fromRoot } from '../../../../scripts/stack/paths.js';

const ALERTS = fromRoot('deploy/prometheus/alerts');

/** Each link to a dashboard in the files of alerts: `barbossa-logs?var-level=ERROR`. */
const links = readdirSync(ALERTS).flatMap((name) =>
  Array.from(
    readFileSync(`${ALERTS}/${name}`, 'utf8').matchAll(/\/d\/([\w-]+)(?:\?([\w=&-]*))?/g),
    ([link, uid, query]) => ({
      link,
      uid,
      variables: Array.from((query ?? '').matchAll(/var-(\w+)=/g), ([, variable]) => variable),
    }),
  ),
);

test('every link of an alert leads to a dashboard, and sets variables that it has', () => {
  expect(links.length).toBeGreaterThan(0);
  for (const { link, uid, variables } of links) {
    const dashboard = readDashboards().find((one) => one.uid === uid);
    expect([link, dashboard?.uid]).toStrictEqual([link, uid]);
    const names = (dashboard?.templating.list ?? []).map(({ name }) => name);
    for (const variable of variables) expect([link, ...names]).toContain(variable);
  }
});
