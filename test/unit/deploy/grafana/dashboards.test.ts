import { describe, expect, test } from 'vitest';
import { checkDashboards } from '../../../../deploy/grafana/builder/check.js';
import { renderFiles } from '../../../../deploy/grafana/builder/index.js';
import { readKnown } from '../../../../deploy/grafana/builder/known.js';
import type { DashboardJson } from '../../../../deploy/grafana/builder/model.js';
import { findSurvivors, mutateDashboards } from '../../../../deploy/grafana/builder/mutations.js';
import { readDashboards, readTexts } from '../../../../deploy/grafana/builder/read.js';

const known = readKnown();
const dashboards = readDashboards();

test('the committed files are what the builder makes', () => {
  const made = renderFiles().map(([name, text]) => [name.replace('dashboards/', ''), text]);
  expect(readTexts()).toStrictEqual(Object.fromEntries(made));
});

test('nothing is wrong with them', () => {
  expect(checkDashboards(dashboards, known)).toStrictEqual([]);
});

test('all that there should be is there', () => {
  const titles = dashboards.map(({ title }) => title.replace('Barbossa: ', ''));
  expect(titles.sort()).toStrictEqual(['Logs', 'Music', 'Overview', 'Pipeline', 'Requests', 'Runtime']);
  for (const { title, annotations } of dashboards) {
    expect([title, annotations.list?.map(({ name }) => name)]).toStrictEqual([title, ['Deploys', 'Restarts']]);
  }
});

test("the guide's six panels are on the overview, in its order, and none is a graph", () => {
  const [first = []] = [dashboards.find(({ uid }) => uid === 'barbossa-overview')?.panels];
  const six = first.filter(({ type }) => type !== 'row').slice(0, 6);
  expect(six.map(({ title, type }) => [title, type])).toStrictEqual([
    ['Request rate', 'timeseries'],
    ['Request latency (p95)', 'timeseries'],
    ['Error ratio', 'timeseries'],
    ['Active downloads', 'stat'],
    ['Download queue', 'stat'],
    ['Library size', 'stat'],
  ]);
});

test('every metric, label and field that is renamed in a query of a panel is found', () => {
  const mutations = mutateDashboards(dashboards);
  expect(findSurvivors(mutations, known).map(({ what }) => what)).toStrictEqual([]);
  const touched = new Set(mutations.map(({ what }) => what.split(': query ')[0]));
  const panels = dashboards.flatMap(({ title, panels: all }) =>
    all.filter(({ type }) => type !== 'row').map((panel) => `${title}: "${panel.title}"`),
  );
  expect(touched).toStrictEqual(new Set(panels));
  expect(touched.size).toBe(panels.length);
});

/** All dashboards, with a text of one of them replaced. */
function change(file: string, from: string | RegExp, to: string): DashboardJson[] {
  return Object.entries(readTexts()).map(([name, text]) => {
    if (name === file) expect(text).toMatch(from);
    return JSON.parse(name === file ? text.replace(from, to) : text) as DashboardJson;
  });
}

describe('what the checks find', () => {
  test.each([
    ['a panel over another one', 'overview.json', '"x": 8,\n        "y": 1,', '"x": 7,\n        "y": 1,', /lies over/],
    ['a panel beyond the edge', 'overview.json', '"x": 16,\n        "y": 1,', '"x": 17,\n        "y": 1,', /edge/],
    ['an id that is used twice', 'music.json', '"id": 3,', '"id": 2,', /both have the id 2/],
    ['a missing unit', 'music.json', '"unit": "short",', '', /no unit/],
    ['a unit that Grafana does not have', 'music.json', '"unit": "ops"', '"unit": "tracks"', /unit "tracks"/],
    ['a number without thresholds', 'music.json', '"thresholds":', '"no":', /"Under way": no thresholds/],
    ['a panel that says nothing when it is empty', 'runtime.json', '"noValue":', '"no":', /nothing when it is empty/],
    [
      'a panel that does not say what it shows',
      'runtime.json',
      '"description": "Part',
      '"no": "Part',
      /no description/,
    ],
    ['a label that the metric does not have', 'requests.json', 'by (status)', 'by (source)', /by \(source\)/],
    ['a metric in a ratio', 'pipeline.json', '/ sum(otelcol_exporter_queue', '/ sum(otelcol_queue', /otelcol_queue/],
    [
      'a legend that is always empty',
      'requests.json',
      '"{{status}}"',
      '"{{source}}"',
      /\{\{source\}\} is always empty/,
    ],
    ['a variable that there is not', 'requests.json', /=~\\"\$method\\"/g, '=~\\"$methods\\"', /no variable \$methods/],
    ['a variable that nothing uses', 'requests.json', '"name": "method"', '"name": "verb"', /\$verb: not used/],
    [
      'a variable of a metric that is gone',
      'music.json',
      /label_values\(barbossa_downloads_total/g,
      'label_values(dl',
      /\$source: no metric dl/,
    ],
    [
      'a variable that says what it does not ask',
      'music.json',
      '(barbossa_downloads_total, ',
      '(dl, ',
      /defined other/,
    ],
    ['a link to nowhere', 'overview.json', '"/d/barbossa-logs?', '"/d/barbossa-log?', /leads nowhere/],
    ['a field that documents do not have', 'logs.json', 'logger:$logger', 'log:$logger', /no field log/],
    [
      'a text that cannot be counted',
      'logs.json',
      '"field": "message.keyword"',
      '"field": "message"',
      /count by message/,
    ],
    ['a wrong data source', 'logs.json', '"uid": "barbossa-elasticsearch"', '"uid": "elastic"', /no data source/],
    [
      'an annotation of a metric that is gone',
      'music.json',
      '(barbossa_app_info offset',
      '(app offset',
      /Deploys: no metric/,
    ],
    [
      'an id of a dashboard that is taken',
      'music.json',
      '"uid": "barbossa-music"',
      '"uid": "barbossa-logs"',
      /two dash/,
    ],
  ])('%s', (_, file, from, to, said) => {
    const problems = checkDashboards(change(file, from, to), known);
    expect(problems.join('\n')).toMatch(said);
  });
});
