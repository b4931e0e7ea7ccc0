import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Section } from '../../dashboard.js';
import { maxBy } from '../../expressions.js';
import { METRIC, select } from '../../metrics.js';
import { limitsBelow, showNumber, showTimeSeries } from '../../panels.js';
import { instant, range } from '../../sources.js';

const REAL_DISKS = { fstype: '!~"tmpfs|ramfs|overlay|squashfs"' } as const;

/** Room on the file systems that last. */
export const disk: Section = {
  title: 'Disk',
  panels: [
    showTimeSeries({
      title: 'Free space',
      description: 'Part of each file system that is free. Less than 10 % raises an alert.',
      width: 12,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      limits: limitsBelow(0.2, 0.1),
      empty: 'No node exporter',
      queries: [
        range(
          `min by (mountpoint) (${select(METRIC.diskAvailable, REAL_DISKS)} / ${select(METRIC.diskSize, REAL_DISKS)})`,
          '{{mountpoint}}',
        ),
      ],
    }),
    showNumber({
      title: 'Free space, in bytes',
      description: 'What is left on each file system.',
      width: 6,
      unit: units.BytesIEC,
      limits: limitsBelow(50 * 2 ** 30, 10 * 2 ** 30),
      empty: 'No node exporter',
      queries: [instant(`min by (mountpoint) (${select(METRIC.diskAvailable, REAL_DISKS)})`, '{{mountpoint}}')],
    }),
    showTimeSeries({
      title: 'Library',
      description: 'Size of the library.',
      width: 6,
      unit: units.BytesIEC,
      min: 0,
      empty: 'No process reports',
      queries: [range(maxBy([], select(METRIC.librarySize)), 'library')],
    }),
  ],
};
