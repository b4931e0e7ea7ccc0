import { expect, test, vi } from 'vitest';
import { ofRequest, printedFor, startLoggingApp, type LoggingApp } from './support/log-lines.js';

async function ask({ url }: LoggingApp, way: string): Promise<unknown> {
  const response = await fetch(`${url}/${way}`, { headers: { 'x-request-id': `of-${way}` } });
  return response.json();
}

test('what was logged has no ids in the answer to a client, and its line has them', async () => {
  const logging = await startLoggingApp('winston-objects.cjs');
  const answers: Record<string, unknown> = {};
  for (const way of ['body', 'error', 'error-plain', 'instance', 'splat', 'child']) {
    answers[way] = await ask(logging, way);
  }
  expect(answers).toEqual({
    body: { message: 'a body', title: 'Blue', level: 'info' },
    error: { level: 'error' },
    'error-plain': { level: 'error' },
    instance: { level: 'error' },
    splat: { level: 'info', message: '%s' },
    child: { message: 'by a child', level: 'info' },
  });
  await logging.receiver.waitFor((records) =>
    Object.keys(answers).every((way) => ofRequest(records, `of-${way}`).length === 1),
  );
  // An instance says itself what of it is printed.
  for (const way of ['body', 'error', 'error-plain', 'splat', 'child']) {
    const lines = await vi.waitUntil(() => {
      const printed = printedFor(logging.app, `of-${way}`);
      return printed.length === 1 && printed;
    });
    const [record] = ofRequest(logging.receiver.records, `of-${way}`);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ trace_id: record?.traceId, span_id: record?.spanId });
  }
  expect(logging.app.stdout()).toContain('{"code":7,"message":"refused"}');
});

test(
  '60 lines that wait for a slow transport are numbered 1 to 60, printed and sent',
  { timeout: 30_000 },
  async () => {
    const logging = await startLoggingApp('winston-objects.cjs');
    await ask(logging, 'slow');
    await logging.receiver.waitFor((records) => ofRequest(records, 'of-slow').length === 60);
    await vi.waitUntil(() => printedFor(logging.app, 'of-slow').length === 60, { timeout: 15_000 });
    const numbers = Array.from({ length: 60 }, (_, i) => i + 1);
    const printed = printedFor(logging.app, 'of-slow').map(
      (line) => JSON.parse(line) as { number: number; message: string },
    );
    expect(printed.map(({ number, message }) => `${number} ${message}`)).toEqual(numbers.map((n) => `${n} line ${n}`));
    const sent = ofRequest(logging.receiver.records, 'of-slow').map(({ body, attributes }) => [
      body,
      attributes['extras'],
    ]);
    expect(sent).toHaveLength(60);
    expect(sent).toEqual(expect.arrayContaining(numbers.map((number) => [`line ${number}`, { number }])));
  },
);
