/** The state timeline, which is not in Grafana's packages: a bar for each series, equal neighbours joined. */
import { FieldType, getFieldDisplayName, type Field } from '@grafana/data';
import type { ReactNode } from 'react';
import { theme } from './frames.js';
import type { Content } from './panels.js';

const NAME_PX = 150;
const AXIS_PX = 20;
const TICKS = 4;

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly color: string;
}

export function StateTimeline({ frames, width, height, time }: Content): ReactNode {
  const series = frames.flatMap((frame) => {
    const times = frame.fields.find(({ type }) => type === FieldType.time)?.values ?? [];
    return frame.fields
      .filter(({ type }) => type === FieldType.number)
      .map((field) => ({
        name: getFieldDisplayName(field, frame, frames),
        stretches: join(times as number[], field, time.toMs),
      }));
  });
  const rowHeight = (height - AXIS_PX) / series.length;
  const scale = (ms: number): number => NAME_PX + ((ms - time.fromMs) / (time.toMs - time.fromMs)) * (width - NAME_PX);
  const ticks = Array.from(
    { length: TICKS },
    (_, index) => time.fromMs + ((time.toMs - time.fromMs) * (index + 0.5)) / TICKS,
  );
  return (
    <svg width={width} height={height} fontSize={12} fill={theme.colors.text.primary}>
      {series.map(({ name, stretches }, row) => (
        <g key={name}>
          <text x={NAME_PX - 8} y={row * rowHeight + rowHeight / 2 + 4} textAnchor="end">
            {name}
          </text>
          {stretches.map(({ fromMs, toMs, color }) => (
            <rect
              key={fromMs}
              x={scale(fromMs)}
              y={row * rowHeight + rowHeight * 0.05}
              width={scale(toMs) - scale(fromMs)}
              height={rowHeight * 0.9}
              fill={color}
              fillOpacity={0.7}
            />
          ))}
        </g>
      ))}
      {ticks.map((ms) => (
        <text key={ms} x={scale(ms)} y={height - 4} textAnchor="middle" fill={theme.colors.text.secondary}>
          {new Date(ms).toISOString().slice(11, 16)}
        </text>
      ))}
    </svg>
  );
}

function join(times: readonly number[], field: Field, endMs: number): Stretch[] {
  const joined: Stretch[] = [];
  for (const [index, value] of field.values.entries()) {
    const fromMs = times[index] ?? 0;
    const toMs = times[index + 1] ?? endMs;
    if (value === null || value === undefined) continue;
    const color = field.display?.(value).color ?? 'gray';
    const last = joined.at(-1);
    if (last?.color === color && last.toMs === fromMs) joined[joined.length - 1] = { ...last, toMs };
    else joined.push({ fromMs, toMs, color });
  }
  return joined;
}
