import { expect, test } from 'vitest';
import {
  lineBytes,
  parseFile,
  printHeader,
  printLines as pieceLines,
  printRequest,
  printTornMark,
  type Line,
} from '../../../../src/logging/delivery/segment.js';

const RESOURCE = '{"attributes":[]}';
const line = (n: number, scope = 'a'): Line => ({ scope: `{"name":"${scope}"}`, record: `{"body":${n},"text":"é🎵"}` });
const printLines = (lines: readonly Line[]): string => [...pieceLines(lines)].join('');
const three = [line(1), line(2), line(3)];

test('a file says again what was written', () => {
  expect(parseFile(printHeader(RESOURCE) + printLines(three))).toEqual({
    resource: RESOURCE,
    lines: three,
    corrupt: 0,
  });
});

test('the bytes of a line are those of its text', () => {
  expect(lineBytes(line(1))).toBe(Buffer.byteLength(printLines([line(1)])));
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

test('a request has the records of each scope together, in order', () => {
  const request = JSON.parse(
    [...printRequest(RESOURCE, [line(1, 'a'), line(2, 'b'), line(3, 'a')])].join(''),
  ) as unknown;
  expect(request).toEqual({
    resourceLogs: [
      {
        resource: { attributes: [] },
        scopeLogs: [
          { scope: { name: 'a' }, logRecords: [JSON.parse(line(1).record), JSON.parse(line(3).record)] },
          { scope: { name: 'b' }, logRecords: [JSON.parse(line(2).record)] },
        ],
      },
    ],
  });
});
