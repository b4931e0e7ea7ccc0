import { makeObject, type SavedObject } from './objects.js';

const WEB = 'barbossa-logs';
export const WORKERS = 'celery-logs';
export const BOTH = 'barbossa-all-logs';

/**
 * extras is flattened, that is text: as a number it can be compared and sorted. Without a script, Elasticsearch reads it
 * from the document itself.
 */
const RUNTIME_FIELDS = { 'extras.durationMs': { type: 'double' } };

/** The index patterns of the web process, of the workers, and both: daily indices and data streams. */
export const dataViews: readonly SavedObject[] = [
  makeDataView(WEB, 'barbossa-logs-*,logs-barbossa-*', 'Barbossa: web'),
  makeDataView(WORKERS, 'celery-logs-*,logs-barbossa.worker-*', 'Barbossa: workers'),
  makeDataView(
    BOTH,
    'barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*',
    'Barbossa: web and workers',
  ),
];

function makeDataView(id: string, title: string, name: string): SavedObject {
  return makeObject('index-pattern', id, {
    title,
    name,
    timeFieldName: '@timestamp',
    // Before the first line there is no index.
    allowNoIndex: true,
    runtimeFieldMap: JSON.stringify(RUNTIME_FIELDS),
    fieldAttrs: '{}',
    fieldFormatMap: '{}',
    sourceFilters: '[]',
  });
}
