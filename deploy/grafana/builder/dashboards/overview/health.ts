import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Section } from '../../dashboard.js';
import { CHOSEN, orZero } from '../../expressions.js';
import { UP_OR_DOWN } from '../../mappings.js';
import { METRIC, select } from '../../metrics.js';
import { limitsAbove, limitsBelow, showNumber, showStates } from '../../panels.js';
import { instant, range } from '../../sources.js';

/** Checks, targets, databases, alerts. */
export const health: Section = {
  title: 'Health',
  panels: [
    showStates({
      title: 'Health checks',
      description: 'Each check of each job: green where it passed (also with a warning), red where it failed.',
      width: 12,
      unit: units.NoUnit,
      limits: limitsBelow(1, 1),
      mappings: [UP_OR_DOWN],
      empty: 'No checks are set up: DATABASE_URL, REDIS_URL and their like are unset',
      queries: [range(`min by (job, check) (${select(METRIC.healthCheckStatus, CHOSEN)})`, '{{job}}: {{check}}')],
    }),
    showStates({
      title: 'Targets',
      description: 'What Prometheus scrapes: red where it got no answer.',
      width: 6,
      unit: units.NoUnit,
      limits: limitsBelow(1, 1),
      mappings: [UP_OR_DOWN],
      empty: 'Prometheus scrapes nothing',
      queries: [range(`min by (job) (${select(METRIC.up)})`, '{{job}}')],
    }),
    showNumber({
      title: 'Databases',
      description: 'What the exporters say of PostgreSQL and Redis, whatever Barbossa thinks of them.',
      width: 3,
      unit: units.NoUnit,
      limits: limitsBelow(1, 1),
      mappings: [UP_OR_DOWN],
      empty: 'No exporter',
      queries: [
        instant(`min(${select(METRIC.postgresUp)})`, 'PostgreSQL'),
        instant(`min(${select(METRIC.redisUp)})`, 'Redis'),
      ],
    }),
    showNumber({
      title: 'Alerts',
      description: 'Alerts that fire now, but for the watchdog, which always does.',
      width: 3,
      unit: units.Short,
      limits: limitsAbove(1, 3),
      empty: 'None',
      queries: [
        instant(
          orZero(`count(${select(METRIC.alerts, { alertstate: '="firing"', alertname: '!="Watchdog"' })})`),
          'firing',
        ),
      ],
    }),
  ],
};
