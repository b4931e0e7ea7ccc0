/** The heat map, which is not in Grafana's packages: a cell for each bucket and step, darker where there is more. */
import { FieldType, getValueFormat, formattedValueToString, type Field } from '@grafana/data';
import type { ReactNode } from 'react';
import { theme } from './frames.js';
import type { Content } from './panels.js';

const NAME_PX = 60;
const AXIS_PX = 20;
const TOP_PX = 8;
const TICKS = 4;

export function Heatmap({ panel, frames, width, height, time }: Content): ReactNode {
  const buckets = frames
    .flatMap(({ fields }) => fields.filter(({ type }) => type === FieldType.number))
    .toSorted((a, b) => boundOf(a) - boundOf(b));
  const times = (frames[0]?.fields.find(({ type }) => type === FieldType.time)?.values ?? []) as number[];
  // Prometheus counts upwards: a bucket has all below it in it.
  const counts = buckets.map(({ values }, index) =>
    values.map((value, step) => Math.max(0, Number(value) - Number(buckets[index - 1]?.values[step] ?? 0))),
  );
  const most = Math.max(...counts.flat());
  const rowHeight = (height - AXIS_PX - TOP_PX) / buckets.length;
  const format = getValueFormat(panel.options.yAxis.unit);
  const scale = (ms: number): number => NAME_PX + ((ms - time.fromMs) / (time.toMs - time.fromMs)) * (width - NAME_PX);
  const stepMs = (times[1] ?? 0) - (times[0] ?? 0);
  const ticks = Array.from(
    { length: TICKS },
    (_, index) => time.fromMs + ((time.toMs - time.fromMs) * (index + 0.5)) / TICKS,
  );
  const top = (row: number): number => height - AXIS_PX - (row + 1) * rowHeight;
  return (
    <svg width={width} height={height} fontSize={12} fill={theme.colors.text.secondary}>
      {buckets.map((bucket, row) => (
        <g key={row}>
          {row % 2 === 0 && (
            <text x={NAME_PX - 8} y={top(row) + 4} textAnchor="end">
              {Number.isFinite(boundOf(bucket)) ? formattedValueToString(format(boundOf(bucket))) : '+Inf'}
            </text>
          )}
          {counts[row]?.map((count, step) =>
            count <= 1e-9 ? undefined : (
              <rect
                key={step}
                x={scale((times[step] ?? 0) - stepMs)}
                y={top(row)}
                width={Math.max(1, scale(stepMs) - scale(0) - 1)}
                height={Math.max(1, rowHeight - 1)}
                fill={`hsl(${240 - 240 * (count / most) ** 0.5} 70% 50%)`}
              />
            ),
          )}
        </g>
      ))}
      {ticks.map((ms) => (
        <text key={ms} x={scale(ms)} y={height - 4} textAnchor="middle">
          {new Date(ms).toISOString().slice(11, 16)}
        </text>
      ))}
    </svg>
  );
}

function boundOf({ labels, name }: Field): number {
  const le = labels?.['le'] ?? name;
  return le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
}
