// @needs collector, Elasticsearch
import { beforeAll, describe, expect, test } from 'vitest';
import { ELASTICSEARCH } from '../../deploy/grafana/builder/sources.js';
import { readDashboards } from '../../deploy/grafana/builder/read.js';
import { listQuestions, readObjects, type Question } from '../unit/deploy/kibana/read-objects.js';
import { countLines, askForValues, type TimeRange } from '../../deploy/grafana/asking/elasticsearch.js';
import { countAsKibana, searchAsKibana } from './dashboards/kibana-elasticsearch.js';
import { startLoggedTraffic } from './dashboards/traffic-run.js';
import type { Elasticsearch } from './stack.js';

const TRAFFIC_SECONDS = 15;

let elasticsearch: Elasticsearch;
let time: TimeRange;
beforeAll(async () => {
  const { chain, fromMs, stop } = await startLoggedTraffic(TRAFFIC_SECONDS);
  elasticsearch = chain.elasticsearch;
  time = { fromMs, toMs: Date.now() };
  return stop;
});

async function findRequestId(): Promise<string> {
  const body = { size: 1, query: { exists: { field: 'request_id' } } };
  const { body: found } = await elasticsearch.request('POST', '/barbossa-logs-*/_search', { body });
  const [hit] = (found as { hits: { hits: { _source: { request_id: string } }[] } }).hits.hits;
  return hit?._source.request_id ?? '';
}

const dashboards = readDashboards();

describe('Grafana, after a traffic run', () => {
  const queries = dashboards.flatMap(({ title, panels, templating }) =>
    panels.flatMap((panel) =>
      (panel.targets ?? [])
        .filter(({ datasource }) => datasource.uid === ELASTICSEARCH.uid)
        .map((target) => ({
          name: `${title}: "${panel.title}": ${target.refId}`,
          target,
          variables: templating.list ?? [],
        })),
    ),
  );

  test('has panels with log lines', () => {
    expect(queries.length).toBeGreaterThan(4);
  });

  test.each(queries)('$name has data', async ({ target, variables }) => {
    const requestId = await findRequestId();
    const filled = variables.map((one) => (one.name === 'request' ? { ...one, query: requestId } : one));
    expect(await countLines(elasticsearch, target, filled, time)).toBeGreaterThan(0);
  });

  test('the lines of a request are of that one, and of none before one is named', async () => {
    const query = queries.find(({ name }) => name.includes('Lines of a request'));
    if (query === undefined) throw new Error('the panel is not there');
    const count = async (request: string): Promise<number> => {
      const variables = query.variables.map((one) => (one.name === 'request' ? { ...one, query: request } : one));
      return countLines(elasticsearch, query.target, variables, time);
    };
    expect(await countLines(elasticsearch, query.target, query.variables, time)).toBe(0);
    for (const request of ['*', 'a:b', '(']) expect(await count(request)).toBe(0);
    expect(await count(await findRequestId())).toBeLessThan(10);
  });

  const variables = dashboards.flatMap(({ title, templating }) =>
    (templating.list ?? [])
      .filter(({ datasource }) => datasource?.uid === ELASTICSEARCH.uid)
      .map((variable) => ({ name: `${title}: $${variable.name}`, variable })),
  );

  test.each(variables)('$name has values', async ({ variable }) => {
    expect(await askForValues(elasticsearch, variable, time)).toBeGreaterThan(0);
  });

  test('may do what its data source needs besides, as its user', async () => {
    const answer = await elasticsearch.request(
      'GET',
      '/barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*/_mapping',
    );
    expect(answer.status).toBe(200);
    expect((await elasticsearch.request('GET', '/_cluster/health')).status).toBe(200);
  });
});

describe('Kibana, after a traffic run', () => {
  const questions = listQuestions(readObjects());
  const searches = questions.filter(({ columns }) => columns.length === 0);
  const charts = questions.filter(({ columns }) => columns.length > 0);

  test.each(searches)('$title finds lines', async (question) => {
    expect((await searchAsKibana(elasticsearch, question, time)).length).toBeGreaterThan(0);
  });

  test.each(charts)('$title has bars or rows', async (question) => {
    const buckets = await countAsKibana(elasticsearch, question, time);
    expect(buckets.reduce((sum, { doc_count: lines }) => sum + lines, 0)).toBeGreaterThan(0);
  });

  test('slow requests are those of a second or more, compared as numbers, slowest first', async () => {
    const question = searches.find(({ id }) => id === 'barbossa-slow-requests') as Question;
    const hits = await searchAsKibana(elasticsearch, question, time);
    const durations = hits.map(({ fields }) => Number(fields?.['extras.durationMs']?.[0]));
    expect(durations).toStrictEqual([...durations].sort((a, b) => b - a));
    expect(Math.min(...durations)).toBeGreaterThanOrEqual(1000);
  });

  test.each(questions)(
    '$title: every field is known to Elasticsearch, and those of charts can be counted',
    async (question) => {
      const answer = await elasticsearch.request('GET', `/${question.indices}/_field_caps?fields=*`);
      const known = (answer.body as { fields: Record<string, Record<string, { aggregatable: boolean }>> }).fields;
      const runtime = Object.keys(question.runtimeFields);
      for (const field of [...question.fields, question.timeField].filter((name) => !runtime.includes(name))) {
        expect(Object.keys(known)).toContain(field);
      }
      for (const [, { operationType, sourceField }] of question.columns.filter(([, { isBucketed }]) => isBucketed)) {
        const types = Object.values(known[sourceField] ?? {});
        expect([operationType, types.map(({ aggregatable }) => aggregatable)]).toStrictEqual([operationType, [true]]);
      }
    },
  );
});
