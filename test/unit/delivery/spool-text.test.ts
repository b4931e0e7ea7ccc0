import { expect, test } from 'vitest';
import type { EncodedRecord } from '../../../src/delivery/segment.js';
import {
  indexFile,
  parseRows,
  printDoneMark,
  printHeader,
  printLines as pieceLines,
  printTornMark,
  type ParsedRows,
} from '../../../src/delivery/spool-text.js';

const RESOURCE = '{"attributes":[]}';
const line = (n: number, scope = 'a'): EncodedRecord => ({
  scope: `{"name":"${scope}"}`,
  record: `{"body":${n},"text":"é🎵"}`,
});
const printLines = (lines: readonly EncodedRecord[]): string => [...pieceLines(lines)].join('');

/** What is left to do of a file. */
function parseFile(text: string): ParsedRows & { readonly resource: string | undefined } {
  const bytes = Buffer.from(text);
  const { resource, runs } = indexFile(bytes);
  const parsed = runs.map(({ from, to }) => parseRows(bytes.toString('utf8', from, to)));
  return {
    resource,
    lines: parsed.flatMap(({ lines }) => lines),
    corrupt: parsed.reduce((sum, { corrupt }) => sum + corrupt, 0),
  };
}

const three = [line(1), line(2), line(3)];

test('a file says again what was written', () => {
  expect(parseFile(printHeader(RESOURCE) + printLines(three))).toEqual({
    resource: RESOURCE,
    lines: three,
    corrupt: 0,
  });
});

test('a torn tail is left out and counted', () => {
  const text = printHeader(RESOURCE) + printLines(three);
  for (let cut = 2; cut < printLines([line(3)]).length; cut++) {
    expect(parseFile(text.slice(0, -cut))).toEqual({ resource: RESOURCE, lines: [line(1), line(2)], corrupt: 1 });
  }
  // Only its line break is missing: the record is whole.
  expect(parseFile(text.slice(0, -1)).lines).toEqual(three);
});

test('damage in the middle costs the lines that it hit', () => {
  const rows = printLines(three).split('\n');
  rows[1] = `${rows[1]?.slice(0, 8)}\u0000${rows[1]?.slice(9)}`;
  expect(parseFile(printHeader(RESOURCE) + rows.join('\n'))).toMatchObject({ lines: [line(1), line(3)], corrupt: 1 });
});

test('half a line that was written again after a failure is not a loss', () => {
  const text = printHeader(RESOURCE) + printLines(three).slice(0, -10) + printTornMark() + printLines([line(3)]);
  expect(parseFile(text)).toEqual({ resource: RESOURCE, lines: three, corrupt: 0 });
});

test.each([1, 2, 3])('nor is it where %i bytes of the mark were all that the next write had room for', (bytes) => {
  const half = printLines(three).slice(0, -10);
  const text = printHeader(RESOURCE) + half + printTornMark().slice(0, bytes) + printTornMark() + printLines([line(3)]);
  expect(parseFile(text)).toEqual({ resource: RESOURCE, lines: three, corrupt: 0 });
});

test('a line that two writes have written is one', () => {
  const text = printHeader(RESOURCE) + printLines(three) + printLines([line(2), line(3), line(4)]);
  expect(parseFile(text).lines).toEqual([...three, line(4)]);
});

test.each(['', 'x\n', '{"attributes":\n', '\u0000\u0000'])('a file without a resource: %j', (header) => {
  expect(parseFile(header + printLines(three)).resource).toBeUndefined();
});

test('what is done with is left out, also where half a line stands before the mark', () => {
  const header = printHeader(RESOURCE);
  const [one = '', two = ''] = three.map((each) => printLines([each]));
  const from = Buffer.byteLength(header + one);
  const mark = printDoneMark({ from, to: from + Buffer.byteLength(two) });
  expect(parseFile(header + printLines(three) + mark)).toEqual({
    resource: RESOURCE,
    lines: [line(1), line(3)],
    corrupt: 0,
  });
  expect(parseFile(`${header}${printLines(three)}{"half\n${mark}`)).toMatchObject({
    lines: [line(1), line(3)],
    corrupt: 1,
  });
  expect(parseFile(`${header}${printLines(three)}${mark}${printLines([line(4)])}`).lines).toEqual([
    line(1),
    line(3),
    line(4),
  ]);
});

test('a large file is several requests', () => {
  const many = Array.from({ length: 3_000 }, (_, n) => line(n));
  const bytes = Buffer.from(printHeader(RESOURCE) + printLines(many));
  const { runs } = indexFile(bytes);
  expect(runs.map(({ count }) => count)).toEqual([1_024, 1_024, 952]);
  const lines = runs.flatMap(({ from, to }) => parseRows(bytes.toString('utf8', from, to)).lines);
  expect(lines).toEqual(many);
});

test('a file of nothing', () => {
  expect(indexFile(Buffer.alloc(0))).toEqual({ resource: undefined, runs: [] });
  expect(indexFile(Buffer.from(printHeader(RESOURCE))).runs).toEqual([]);
});
