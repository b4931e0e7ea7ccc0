import type { ClassicDashboard } from './dashboard.js';
import { logs } from './dashboards/logs.js';
import { music } from './dashboards/music.js';
import { overview } from './dashboards/overview.js';
import { pipeline } from './dashboards/pipeline.js';
import { requests } from './dashboards/requests.js';
import { runtime } from './dashboards/runtime.js';

/** All dashboards, by the name of their file below deploy/grafana/. */
const DASHBOARDS: Readonly<Record<string, ClassicDashboard>> = {
  'dashboards/overview.json': overview,
  'dashboards/requests.json': requests,
  'dashboards/music.json': music,
  'dashboards/runtime.json': runtime,
  'dashboards/logs.json': logs,
  'dashboards/pipeline.json': pipeline,
};

/** Name and text of each file that is made: `npm run docs` writes them, `npm run check` compares. */
export function renderFiles(): [name: string, text: string][] {
  return Object.entries(DASHBOARDS).map(([name, dashboard]) => [
    name,
    `${JSON.stringify(dashboard, null, 2)}
`,
  ]);
}
