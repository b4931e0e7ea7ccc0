import { ERRORS_BY_LOGGER, TOP_MESSAGES, VOLUME } from './charts.js';
import { lucene, makeObject, type Reference, type SavedObject } from './objects.js';
import { ERRORS } from './searches.js';

/** Of 48 columns. */
const PANELS = [
  { name: 'volume', type: 'lens', id: VOLUME, x: 0, y: 0, w: 48, h: 12 },
  { name: 'errors-by-logger', type: 'lens', id: ERRORS_BY_LOGGER, x: 0, y: 12, w: 24, h: 14 },
  { name: 'top-messages', type: 'lens', id: TOP_MESSAGES, x: 24, y: 12, w: 24, h: 14 },
  { name: 'errors', type: 'search', id: ERRORS, x: 0, y: 26, w: 48, h: 16 },
] as const;

/** The one dashboard: how much is logged, where errors come from, what is said most. */
export const dashboard: SavedObject = makeObject(
  'dashboard',
  'barbossa-logs',
  {
    title: 'Barbossa: logs',
    description: 'Log lines of the web process and the workers: how many, errors by logger, top messages.',
    panelsJSON: JSON.stringify(
      PANELS.map(({ name, type, x, y, w, h }) => ({
        type,
        panelIndex: name,
        gridData: { i: name, x, y, w, h },
        panelRefName: `panel_${name}`,
        embeddableConfig: { enhancements: {} },
      })),
    ),
    optionsJSON: JSON.stringify({ useMargins: true, syncColors: true, syncCursor: true, hidePanelTitles: false }),
    timeRestore: true,
    timeFrom: 'now-1h',
    timeTo: 'now',
    refreshInterval: { pause: true, value: 60_000 },
    version: 1,
    kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify({ query: lucene(''), filter: [] }) },
  },
  PANELS.map(({ name, type, id }): Reference => ({ type, id, name: `${name}:panel_${name}` })),
);
