/** What Elasticsearch has of a run. */
const PAGE = 10_000;

/** How many of a run's documents a search finds now. @param {'ours' | 'stock'} kind */
export async function countSearchable(elasticsearch, kind, run) {
  const { body } = await elasticsearch.request('POST', `/${indexOf(kind, run)}/_count?ignore_unavailable=true`, {
    body: { query: queryOf(kind, run) },
  });
  return body.count ?? 0;
}

/**
 * The keys of all documents of a run, how often each, and in which index.
 * @returns {Promise<{ key: string, index: string, timestamp: string }[]>}
 */
export async function readStored(elasticsearch, kind, run) {
  const rows = [];
  const first = `/${indexOf(kind, run)}/_search?scroll=1m&ignore_unavailable=true&size=${PAGE}`;
  let answer = await elasticsearch.request('POST', first, { body: { query: queryOf(kind, run), sort: ['_doc'] } });
  while (answer.status === 200 && answer.body.hits.hits.length > 0) {
    for (const { _source: source, _index: index } of answer.body.hits.hits) {
      rows.push({ key: findKey(source), index, timestamp: source.timestamp });
    }
    const body = { scroll: '1m', scroll_id: answer.body._scroll_id };
    answer = await elasticsearch.request('POST', '/_search/scroll', { body });
  }
  return rows;
}

/** Our template would refuse what the stock exporter writes: its indices have one of their own, which takes anything. */
export async function prepareStockIndices(elasticsearch) {
  const body = {
    index_patterns: [stockIndex('*-stock')],
    priority: 1_000,
    template: { settings: { index: { number_of_shards: '1', number_of_replicas: '0' } } },
  };
  const { status } = await elasticsearch.request('PUT', '/_index_template/faults-stock', { as: 'setup', body });
  if (status !== 200) throw new Error(`the template of the stock chain could not be stored: ${status}`);
}

/** The stock chain has an index for each run. */
export function stockIndex(run) {
  return `barbossa-logs-${run}`;
}

function indexOf(kind, run) {
  return kind === 'ours' ? 'barbossa-logs-*' : stockIndex(run);
}

function queryOf(kind, run) {
  return kind === 'ours' ? { term: { logger: run } } : { match_all: {} };
}

function findKey(source) {
  return source.extras?.key ?? source.attributes?.key ?? source.Attributes?.key ?? source['Attributes.key'];
}
