import { BOTH, WORKERS } from './data-views.js';
import { lucene, makeObject, type SavedObject } from './objects.js';

const INDEX = 'kibanaSavedObjectMeta.searchSourceJSON.index';
const COLUMNS = ['level', 'service.name', 'message', 'request_id', 'trace_id'];
const NEWEST_FIRST = ['@timestamp', 'desc'] as const;

export const ERRORS = 'barbossa-errors';

/** What people look for first. */
export const searches: readonly SavedObject[] = [
  makeSearch('barbossa-everything', {
    title: 'Barbossa: everything',
    description: 'Every line of the web process and the workers, newest first.',
    query: '*',
  }),
  makeSearch(ERRORS, {
    title: 'Barbossa: errors',
    description: 'Lines at ERROR, newest first.',
    query: 'level:ERROR',
    columns: ['service.name', 'logger', 'message', 'exception', 'request_id', 'trace_id'],
  }),
  makeSearch('barbossa-one-request', {
    title: 'Barbossa: one request',
    description: 'Lines of requests, oldest first. Put the X-Request-ID of one in the place of the star.',
    query: 'request_id:*',
    sort: ['@timestamp', 'asc'],
    columns: ['request_id', ...COLUMNS.filter((column) => column !== 'request_id')],
  }),
  makeSearch('barbossa-slow-requests', {
    title: 'Barbossa: slow requests',
    description: 'Requests that took a second or more (extras.durationMs), slowest first.',
    query: 'extras.durationMs:>=1000',
    sort: ['extras.durationMs', 'desc'],
    columns: ['extras.durationMs', ...COLUMNS],
  }),
  makeSearch('barbossa-worker', {
    title: 'Barbossa: workers',
    description: 'Every line of the workers, newest first.',
    query: '*',
    dataView: WORKERS,
    columns: ['level', 'logger', 'message', 'request_id', 'trace_id'],
  }),
];

interface Search {
  readonly title: string;
  readonly description: string;
  readonly query: string;
  readonly dataView?: string;
  readonly columns?: readonly string[];
  readonly sort?: readonly [field: string, direction: 'asc' | 'desc'];
}

function makeSearch(id: string, search: Search): SavedObject {
  const { title, description, query, dataView = BOTH, columns = COLUMNS, sort = NEWEST_FIRST } = search;
  const source = { highlightAll: true, version: true, query: lucene(query), filter: [], indexRefName: INDEX };
  return makeObject(
    'search',
    id,
    {
      title,
      description,
      columns,
      sort: [sort],
      grid: {},
      hideChart: false,
      isTextBasedQuery: false,
      timeRestore: false,
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(source) },
    },
    [{ type: 'index-pattern', id: dataView, name: INDEX }],
  );
}
