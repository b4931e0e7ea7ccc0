import { expect, test } from 'vitest';
import { lineBytes, printRequest, type EncodedRecord } from '../../../src/delivery/segment.js';
import { printLines } from '../../../src/delivery/spool-text.js';

const RESOURCE = '{"attributes":[]}';
const line = (n: number, scope = 'a'): EncodedRecord => ({
  scope: `{"name":"${scope}"}`,
  record: `{"body":${n},"text":"é🎵"}`,
});

test('the bytes of a line are those of its text', () => {
  expect(lineBytes(line(1))).toBe(Buffer.byteLength([...printLines([line(1)])].join('')));
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
