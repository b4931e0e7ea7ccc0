import { charts } from './charts.js';
import { dashboard } from './dashboard.js';
import { dataViews } from './data-views.js';
import { searches } from './searches.js';

/** Name and text of each file that is made: `npm run docs` writes them, `npm run check` compares. */
export function renderFiles(): [name: string, text: string][] {
  // What is referred to comes first.
  const objects = [...dataViews, ...searches, ...charts, dashboard];
  return [['objects.ndjson', objects.map((object) => `${JSON.stringify(object)}\n`).join('')]];
}
