import { buildDashboard } from '../dashboard.js';
import { chooseInstance } from '../variables.js';
import { disk } from './overview/disk.js';
import { health } from './overview/health.js';
import { now } from './overview/now.js';
import { objectives } from './overview/objectives.js';
import { queues, tasks } from './overview/tasks.js';

export const overview = buildDashboard({
  uid: 'barbossa-overview',
  title: 'Overview',
  description: 'Is Barbossa well? From the top: what it does now, what it promises, what it depends on.',
  variables: [chooseInstance()],
  sections: [now, objectives, health, queues, tasks, disk],
});
