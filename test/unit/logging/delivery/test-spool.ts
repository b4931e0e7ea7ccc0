import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import {
  createSegment,
  lineBytes,
  type Lane,
  type Line,
  type Segment,
} from '../../../../src/logging/delivery/segment.js';
import { Spool } from '../../../../src/logging/delivery/spool.js';

export const RESOURCE = '{"attributes":[]}';

/** A folder that is gone when the test is over. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-unit-spool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A spool in it, for the service `barbossa`. */
export function openSpool(folder: string, service = 'barbossa'): Spool {
  const spool = Spool.open(folder, service);
  if (spool === undefined) throw new Error(`${folder} cannot be used`);
  return spool;
}

/** A line whose record says `n`. */
export function makeLine(n: number, bulk = 0): Line {
  return { scope: '{"name":"a"}', record: `{"body":${n}${bulk === 0 ? '' : `,"bulk":"${'x'.repeat(bulk)}"`}}` };
}

/** Adds lines to a segment, as the buffers do. */
export function addLines(segment: Segment, ...numbers: number[]): void {
  for (const line of numbers.map((n) => makeLine(n))) {
    segment.lines?.push(line);
    segment.count += 1;
    segment.bytes += lineBytes(line);
  }
}

/** A segment with lines. */
export function makeSegment(lane: Lane, ...numbers: number[]): Segment {
  const segment = createSegment(lane, RESOURCE);
  addLines(segment, ...numbers);
  return segment;
}

/** The names of what is in a folder. */
export function list(folder: string): string[] {
  return readdirSync(folder).toSorted();
}

/** What the records of lines say. */
export function readNumbers(lines: readonly Line[]): number[] {
  return lines.map(({ record }) => (JSON.parse(record) as { body: number }).body);
}
