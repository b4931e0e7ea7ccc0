import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { APPS, REGISTER } from './support/app-process.js';
import { findRepeated, ofRequest, printedFor, startLoggingApp, type LoggingApp } from './support/log-lines.js';
import type { ReceivedRecord } from './support/otlp-receiver.js';
import { EXPECTED_LINES, type ExpectedLine } from './support/winston-lines.js';

const WINSTON = path.resolve(APPS, '../../../node_modules/winston');

/** A copy of winston outside of the project, whose own dependencies are found where the first copy's are. */
function copyWinston(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-winston-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(path.resolve(WINSTON, '..'), path.join(folder, 'node_modules'), {
    recursive: true,
    filter: (from) =>
      !/node_modules\/(?!\.|winston|logform|triple-beam|async|readable-stream|is-stream|one-time|stack-trace|safe-stable-stringify|inherits|string_decoder|safe-buffer|util-deprecate|fn\.name|ms|fecha|kuler|enabled|text-hex|color|@colors|@dabh|@so-ric)/.test(
        from,
      ),
  });
  return path.join(folder, 'node_modules/winston');
}

/** Drives every case, and waits until the collector has all that is expected. */
async function driveCases(logging: LoggingApp, which: string): Promise<void> {
  for (const name of Object.keys(EXPECTED_LINES)) {
    const response = await fetch(`${logging.url}/${which}/${name}`, {
      headers: { 'x-request-id': `${which}-${name}` },
    });
    expect(response.status).toBe(200);
  }
  const wanted = Object.entries(EXPECTED_LINES);
  const arrived = logging.receiver.waitFor((records) =>
    wanted.every(([name, { lines }]) => ofRequest(records, `${which}-${name}`).length >= lines.length),
  );
  const printed = vi.waitUntil(
    () => wanted.every(([name, expected]) => printedFor(logging.app, `${which}-${name}`).length >= expected.printed),
    { timeout: 15_000 },
  );
  // What has not come is told by the comparison that follows, which says more.
  await Promise.allSettled([arrived, printed]);
}

function describeLines(records: readonly ReceivedRecord[]): ExpectedLine[] {
  return records.map(({ severityNumber, scope, body }) => [severityNumber, scope, String(body)] as const);
}

function readIds(text: string): { readonly traceId: unknown; readonly spanId: unknown } {
  const line = JSON.parse(text) as Record<string, unknown>;
  const fields = (line['@fields'] ?? line) as Record<string, unknown>;
  return { traceId: fields['trace_id'], spanId: fields['span_id'] };
}

function sortLines(lines: readonly ExpectedLine[]): ExpectedLine[] {
  return lines.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function expectCases({ app, receiver }: LoggingApp, which: string): void {
  for (const [name, { lines, printed }] of Object.entries(EXPECTED_LINES)) {
    const records = ofRequest(receiver.records, `${which}-${name}`);
    expect.soft(sortLines(describeLines(records)), name).toEqual(sortLines(lines));
    expect
      .soft(new Set(records.map(({ traceId }) => traceId)).size, `${name}: one trace`)
      .toBe(lines.length > 0 ? 1 : 0);
    const texts = printedFor(app, `${which}-${name}`);
    expect.soft(texts, name).toHaveLength(printed);
    const ids = records.map(({ traceId, spanId }) => ({ traceId, spanId }))[0];
    for (const text of texts.filter((line) => line.startsWith('{'))) expect.soft(readIds(text), text).toEqual(ids);
  }
  expect(findRepeated(receiver.records)).toEqual([]);
}

test.each(['winston-server.cjs', 'winston-server.mjs'])(
  'every way of using winston in %s: printed with ids, sent once',
  async (script) => {
    const logging = await startLoggingApp(script);
    await driveCases(logging, 'main');
    expectCases(logging, 'main');
  },
);

test('a second copy of winston is bridged like the first', async () => {
  const logging = await startLoggingApp('winston-server.cjs', { env: { WINSTON_COPY: copyWinston() } });
  await driveCases(logging, 'main');
  await driveCases(logging, 'copy');
  expectCases(logging, 'main');
  expectCases(logging, 'copy');
});

test.each([
  ['CommonJS', 'winston-server.cjs', ['--require', WINSTON, '--import', REGISTER]],
  [
    'ESM',
    'winston-server.mjs',
    ['--import', pathToFileURL(path.join(WINSTON, 'lib/winston.js')).href, '--import', REGISTER],
  ],
] as const)('winston loaded before the preload, by %s', async (_name, script, nodeOptions) => {
  const logging = await startLoggingApp(script, { nodeOptions });
  await driveCases(logging, 'main');
  expectCases(logging, 'main');
});

test('the fields of a record', async () => {
  const { url, receiver } = await startLoggingApp('winston-server.cjs');
  const headers = { 'x-request-id': 'fields' };
  await fetch(`${url}/main/plain`, { headers });
  await receiver.waitFor((records) => ofRequest(records, 'fields').length === 7);
  const records = ofRequest(receiver.records, 'fields');
  const [two, four, object] = ['two', 'four', '{"an":"object"}'].map((text) =>
    records.find(({ body }) => body === text),
  );
  expect(two).toMatchObject({ severityText: 'WARNING', attributes: { extras: { album: 'Kind of Blue', year: 1959 } } });
  expect(four?.attributes['extras']).toEqual({ nested: { deep: [1, 'a', null] } });
  expect(object?.attributes['extras']).toBeUndefined();
  expect(two?.attributes['log.record.uid']).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  expect(Math.abs(Date.now() - (two?.timeMs ?? 0))).toBeLessThan(60_000);
  expect(two?.resource).toMatchObject({ 'service.name': 'barbossa', 'barbossa.role': 'web' });
});

test('an exception with type, message, stack and causes', async () => {
  const { url, receiver } = await startLoggingApp('winston-server.cjs');
  await fetch(`${url}/main/exceptions`, { headers: { 'x-request-id': 'exceptions' } });
  await fetch(`${url}/main/child`, { headers: { 'x-request-id': 'child' } });
  await receiver.waitFor((all) => ofRequest(all, 'exceptions').length === 6 && ofRequest(all, 'child').length === 3);
  const failed = ofRequest(receiver.records, 'exceptions').filter(
    ({ attributes }) => attributes['exception.message'] === 'the scan failed',
  );
  expect(failed).toHaveLength(4);
  for (const { attributes } of failed) {
    expect(attributes['exception.type']).toBe('RangeError');
    const stack = String(attributes['exception.stacktrace']);
    expect(stack).toMatch(/^RangeError: the scan failed\n {4}at .+\nCaused by: TypeError: the disk is full\n/s);
    expect(stack).toContain('Caused by: Error: no inodes\n');
    expect(attributes['module']).toContain('winston-cases');
    expect(attributes['line']).toBeGreaterThan(0);
  }
  const several = receiver.records.find(({ body }) => body === 'several')?.attributes;
  expect(several?.['exception.type']).toBe('AggregateError');
  expect(several?.['exception.stacktrace']).toMatch(/Error 1 of 2: Error: first\n.+Error 2 of 2: Error: second\n/s);
  const byHand = receiver.records.find(({ body }) => body === 'a message with a stack of its own')?.attributes;
  expect(byHand?.['exception.stacktrace']).toBe('Error: by hand\n    at nowhere');
  const ofChild = receiver.records.find(({ body }) => body === 'by a child, an error')?.attributes;
  expect(ofChild).toMatchObject({ 'exception.type': 'RangeError', extras: { part: 'child' } });
});
