import * as units from '@grafana/grafana-foundation-sdk/units';
import { buildDashboard, type Section } from '../dashboard.js';
import { CHOSEN, rate, sumBy } from '../expressions.js';
import { METRIC, select, selectPart } from '../metrics.js';
import { FOLLOWED } from '../mappings.js';
import { limitsAbove, NO_LIMITS, showNumber, showTable, showTimeSeries } from '../panels.js';
import { range, rows } from '../sources.js';
import { chooseInstance } from '../variables.js';

const EACH = '{{job}} {{instance}}';
const BY_PROCESS = ['job', 'instance'] as const;

const eventLoop: Section = {
  title: 'Event loop',
  panels: [
    showTimeSeries({
      title: 'Utilization',
      description: 'Part of the time in which the event loop was busy. At 1 the process cannot take more.',
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      limits: limitsAbove(0.7, 0.9),
      empty: 'No process reports',
      queries: [range(select(METRIC.eventLoopUtilization, CHOSEN), EACH)],
    }),
    showTimeSeries({
      title: 'Delay (p99)',
      description:
        'How much later than due a timer ran, ninety-nine of a hundred times at most. All requests wait as long.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      limits: limitsAbove(0.1, 0.5),
      empty: 'No process reports',
      queries: [range(select(METRIC.eventLoopDelayP99, CHOSEN), EACH)],
    }),
    showTimeSeries({
      title: 'Delay (mean and longest)',
      description: 'A long delay that is alone: something blocked the process once, a large JSON for example.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      empty: 'No process reports',
      queries: [
        range(select(METRIC.eventLoopDelayMean, CHOSEN), `${EACH} mean`),
        range(select(METRIC.eventLoopDelayMax, CHOSEN), `${EACH} longest`),
      ],
    }),
  ],
};

const memory: Section = {
  title: 'Memory',
  panels: [
    showTimeSeries({
      title: 'Heap used',
      description: 'What the objects of each process take. A saw is well; one whose teeth rise for hours is a leak.',
      width: 8,
      unit: units.BytesIEC,
      min: 0,
      empty: 'No process reports',
      queries: [range(sumBy(BY_PROCESS, select(METRIC.heapUsed, CHOSEN)), EACH)],
    }),
    showTimeSeries({
      title: 'Heap used by space',
      description: 'Young objects are in new_space, those that stayed in old_space, large ones apart.',
      width: 8,
      unit: units.BytesIEC,
      min: 0,
      stacked: true,
      empty: 'No process reports',
      queries: [range(sumBy(['v8js_heap_space_name'], select(METRIC.heapUsed, CHOSEN)), '{{v8js_heap_space_name}}')],
    }),
    showTimeSeries({
      title: 'Heap of the process',
      description: 'What V8 holds for its heap: taken from the system, and of that really in memory.',
      width: 8,
      unit: units.BytesIEC,
      min: 0,
      empty: 'No process reports',
      queries: [
        range(sumBy(BY_PROCESS, select(METRIC.heapSize, CHOSEN)), `${EACH} taken`),
        range(sumBy(BY_PROCESS, select(METRIC.heapPhysical, CHOSEN)), `${EACH} in memory`),
      ],
    }),
  ],
};

const collection: Section = {
  title: 'Garbage collection',
  panels: [
    showTimeSeries({
      title: 'Time spent',
      description: 'Part of the time that went into collecting garbage, by kind of collection.',
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      limits: limitsAbove(0.05, 0.2),
      empty: 'No collection yet',
      queries: [
        range(
          sumBy(['job', 'instance', 'v8js_gc_type'], rate(selectPart(METRIC.gcDuration, 'sum', CHOSEN))),
          `${EACH} {{v8js_gc_type}}`,
        ),
      ],
    }),
    showTimeSeries({
      title: 'Collections',
      description: 'Collections a second. Many major ones: the heap is nearly full.',
      width: 8,
      unit: units.OpsPerSecond,
      min: 0,
      empty: 'No collection yet',
      queries: [
        range(sumBy(['v8js_gc_type'], rate(selectPart(METRIC.gcDuration, 'count', CHOSEN))), '{{v8js_gc_type}}'),
      ],
    }),
    showTimeSeries({
      title: 'Mean pause',
      description: 'How long the process stood still for one collection.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      limits: limitsAbove(0.05, 0.2),
      empty: 'No collection in this time',
      queries: [
        range(
          `${sumBy(['v8js_gc_type'], rate(selectPart(METRIC.gcDuration, 'sum', CHOSEN)))} / ${sumBy(['v8js_gc_type'], rate(selectPart(METRIC.gcDuration, 'count', CHOSEN)))} >= 0`,
          '{{v8js_gc_type}}',
        ),
      ],
    }),
  ],
};

const processes: Section = {
  title: 'Processes',
  panels: [
    showTable({
      title: 'Versions',
      description: 'Which version of Barbossa runs where, on which Node.js.',
      width: 12,
      unit: units.NoUnit,
      empty: 'No process reports',
      queries: [rows(`count by (job, instance, version, node_version) (${select(METRIC.appInfo, CHOSEN)})`)],
      transformations: [
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true, Value: true },
            renameByName: { job: 'Job', instance: 'Instance', version: 'Version', node_version: 'Node.js' },
          },
        },
      ],
    }),
    showTimeSeries({
      title: 'Open resources',
      description: 'Sockets, timers and the like that keep the event loop alive. A number that only grows is a leak.',
      width: 8,
      unit: units.Short,
      min: 0,
      empty: 'No process reports',
      queries: [range(sumBy(['v8js_resource_type'], select(METRIC.activeResources, CHOSEN)), '{{v8js_resource_type}}')],
    }),
    showNumber({
      title: 'Restarts',
      description: 'How often a process began anew in the time that is shown.',
      width: 4,
      unit: units.Short,
      decimals: 0,
      min: 0,
      limits: limitsAbove(1, 3),
      empty: 'No process reports',
      queries: [
        range(
          sumBy(
            [],
            `resets(${select(METRIC.eventLoopTime, { ...CHOSEN, nodejs_eventloop_state: '="active"' })}[$__range])`,
          ),
          'restarts',
        ),
      ],
    }),
    showTable({
      title: 'Packages',
      description:
        'What of the application is followed, by its version. One that is not: its requests, lines or jobs are missing here; the log says why.',
      width: 12,
      unit: units.NoUnit,
      mappings: [FOLLOWED],
      empty: 'No package is followed',
      queries: [rows(`min by (job, target, version) (${select(METRIC.instrumentationActive, CHOSEN)})`)],
      transformations: [
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true },
            renameByName: { job: 'Job', target: 'Package', version: 'Version', Value: 'State' },
          },
        },
      ],
      columns: { State: [{ id: 'custom.cellOptions', value: { type: 'color-text' } }] },
    }),
    showTimeSeries({
      title: 'Memory available on the host',
      description: 'Part of the memory that is available to new work.',
      width: 12,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      empty: 'No node exporter',
      queries: [range(`${select(METRIC.memoryAvailable)} / ${select(METRIC.memoryTotal)}`, '{{instance}}')],
    }),
    showNumber({
      title: 'Running',
      description: 'Web processes and workers that report.',
      width: 24,
      height: 4,
      unit: units.Short,
      min: 0,
      limits: NO_LIMITS,
      empty: 'No process reports',
      queries: [range(`count by (job) (${select(METRIC.appInfo)})`, '{{job}}')],
    }),
  ],
};

export const runtime = buildDashboard({
  uid: 'barbossa-runtime',
  title: 'Runtime',
  description: 'What goes on inside the Node.js processes: event loop, heap, garbage collection.',
  variables: [chooseInstance()],
  sections: [eventLoop, memory, collection, processes],
});
