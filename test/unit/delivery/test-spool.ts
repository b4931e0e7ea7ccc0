import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import {
  createSegment,
  lineBytes,
  type Lane,
  type EncodedRecord,
  type Segment,
} from '../../../src/delivery/segment.js';
import { indexFile, parseRows } from '../../../src/delivery/spool-text.js';
import type { AdoptedFile } from '../../../src/delivery/spool-adoption.js';
import { Spool } from '../../../src/delivery/spool.js';

export const RESOURCE = '{"attributes":[]}';

/** A folder that is gone when the test is over. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-unit-spool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A spool in it, for the service `barbossa`. */
export function openSpool(folder: string, service = 'barbossa'): Spool {
  const spool = Spool.open({ directory: folder, serviceName: service });
  if (spool === undefined) throw new Error(`${folder} cannot be used`);
  return spool;
}

/** A line whose record says `n`. */
export function makeLine(n: number, bulk = 0): EncodedRecord {
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

/** The names of the files with records in a folder. */
export function list(folder: string): string[] {
  return readdirSync(folder)
    .filter(
      (name) => !name.endsWith('.sock') && statSync(path.join(folder, name), { throwIfNoEntry: false })?.size !== 0,
    )
    .toSorted();
}

/** What the records in a folder's files say that are not done with, in order. */
export function readSaved(folder: string): number[] {
  return list(folder)
    .flatMap((name) => {
      const bytes = readFileSync(path.join(folder, name));
      return indexFile(bytes).runs.flatMap(({ from, to }) =>
        readNumbers(parseRows(bytes.toString('utf8', from, to)).lines),
      );
    })
    .toSorted((a, b) => a - b);
}

/** What the records of lines say. */
export function readNumbers(lines: readonly EncodedRecord[]): number[] {
  return lines.map(({ record }) => (JSON.parse(record) as { body: number }).body);
}

/** What adoption would say of a segment that was saved. */
export function store({ lane, resource, file = '', from, to, count, bytes }: Segment): AdoptedFile {
  return { lane, resource, file, from, to, count, bytes };
}
