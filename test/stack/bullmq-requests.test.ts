// @needs Redis
import { describe, expect, test } from 'vitest';
import { KINDS, serveRedis, startQueueApp, VERSIONS, waitForLines, type QueueApp } from './queue-apps.js';
import { startSpanReceiver, type ReceivedSpan } from '../integration/support/span-receiver.js';

const HEX_16 = /^[0-9a-f]{32}$/;

async function startBoth(script: string, env: Readonly<Record<string, string>> = {}): Promise<[QueueApp, QueueApp]> {
  const redis = await serveRedis();
  return Promise.all([
    startQueueApp({ redis, role: 'web', script, env }),
    startQueueApp({ redis, role: 'worker', script, env }),
  ]);
}

/** The trace of a request, as the web process logs it. */
async function traceOf(web: QueueApp, requestId: string): Promise<string | undefined> {
  const lines = await waitForLines(web, 'request');
  return lines.find((line) => line.request_id === requestId)?.trace_id;
}

describe.each(KINDS)('%s', (kind, findScript) => {
  test('a job logs with the id and the trace of the request that put it in, whichever way; its options are its own', async () => {
    const [web, worker] = await startBoth(findScript());
    const puts: [what: object, names: readonly string[]][] = [
      [{ how: 'add', name: 'one', data: { a: 1 } }, ['one']],
      [
        { how: 'add', name: 'again', data: { do: 'fail once' }, opts: { attempts: 2, backoff: 10 } },
        ['again', 'again'],
      ],
      [{ how: 'add', name: 'later', data: {}, opts: { delay: 50, priority: 3, jobId: 'mine' } }, ['later']],
      [
        {
          how: 'bulk',
          jobs: [
            { name: 'bulk 1', data: {} },
            { name: 'bulk 2', data: {}, opts: { lifo: true } },
          ],
        },
        ['bulk 1', 'bulk 2'],
      ],
      [
        { how: 'flow', name: 'parent', children: [{ name: 'first' }, { name: 'second' }] },
        ['first', 'second', 'parent'],
      ],
      [{ how: 'schedule', name: 'nightly', every: 200, limit: 3 }, ['nightly', 'nightly', 'nightly']],
      [
        { how: 'add', name: 'parent of a job', data: { do: 'wait for a child' } },
        ['parent of a job', 'child', 'parent of a job'],
      ],
      [{ how: 'add', name: 'boxed', queue: 'boxed', data: {} }, ['boxed']],
    ];
    if (kind.includes('5')) puts.push([{ how: 'repeat', name: 'weekly', every: 200, limit: 2 }, ['weekly', 'weekly']]);
    for (const [at, [what, names]] of puts.entries()) {
      const id = `request-${at}`;
      const { opts } = await web.put(what, id);
      expect(JSON.stringify(opts)).not.toContain('barbossa');
      const trace = await traceOf(web, id);
      expect(trace).toMatch(HEX_16);
      for (const name of new Set(names)) {
        const count = names.filter((each) => each === name).length;
        const lines = await waitForLines(worker, `does ${name}`, count);
        for (const line of lines) expect(line).toMatchObject({ request_id: id, trace_id: trace });
        expect(JSON.stringify(lines)).not.toContain('barbossa');
        const done = await waitForLines(worker, `done with ${name}`);
        expect(done[0]).toMatchObject({ request_id: id, trace_id: trace });
      }
    }
    expect(JSON.stringify(await web.put({ how: 'template' }))).not.toContain('barbossa');
    expect(worker.app.stderr()).not.toMatch(/warn: .*(BullMQ|port)/);
  });
});

describe.each(VERSIONS)('%s', (_name, findScript) => {
  test('a job that no request put in has a trace of its own and no request id, whatever was done before it', async () => {
    const redis = await serveRedis();
    const script = findScript();
    const worker = await startQueueApp({ redis, role: 'worker', script, options: { concurrency: 1 } });
    const bare = await startQueueApp({ redis, role: 'web', script, preload: false });
    const web = await startQueueApp({ redis, role: 'web', script });
    await web.put({ how: 'add', name: 'asked for', data: {} }, 'request-1');
    await bare.put({
      how: 'bulk',
      jobs: [
        { name: 'unasked 1', data: {} },
        { name: 'unasked 2', data: {} },
      ],
    });
    const [asked] = await waitForLines(worker, 'does asked for');
    const unasked = await waitForLines(worker, /does unasked/, 2);
    expect(unasked.map((line) => line.request_id)).toEqual([undefined, undefined]);
    const traces = [asked, ...unasked].map((line) => line?.trace_id);
    expect(traces.every((trace) => HEX_16.test(String(trace)))).toBe(true);
    expect(new Set(traces).size).toBe(3);
  });

  test('a worker without the preload does jobs of a web process that has it, and sees what it put in', async () => {
    const redis = await serveRedis();
    const script = findScript();
    const [web, worker] = await Promise.all([
      startQueueApp({ redis, role: 'web', script }),
      startQueueApp({ redis, role: 'worker', script, preload: false }),
    ]);
    await web.put({ how: 'flow', name: 'parent', children: [{ name: 'first' }] }, 'request-1');
    await web.put({ how: 'add', queue: 'boxed', name: 'boxed', data: {} }, 'request-2');
    for (const name of ['first', 'parent', 'boxed']) {
      const [line] = await waitForLines(worker, `done with ${name}`);
      expect(line?.request_id).toBeUndefined();
    }
  });

  test('switched off, the queues are left alone', async () => {
    const [web, worker] = await startBoth(findScript(), { BARBOSSA_BULLMQ: 'off' });
    await web.put({ how: 'add', name: 'one', data: {} }, 'request-1');
    const [line] = await waitForLines(worker, 'done with one');
    expect(line?.trace_id).toBeUndefined();
    const metrics = await (await fetch(`${worker.admin}/metrics`)).text();
    expect(metrics).not.toContain('barbossa_tasks_total{');
  });

  test('what somebody else writes into the queue does no harm', async () => {
    const redis = await serveRedis();
    const script = findScript();
    const [web, worker] = await Promise.all([
      startQueueApp({ redis, role: 'web', script, preload: false }),
      startQueueApp({ redis, role: 'worker', script }),
    ]);
    const trace = 'a'.repeat(32);
    const hostile: readonly [carrier: unknown, requestId: string | undefined, trace?: string][] = [
      [{ 'x-request-id': 'fine', traceparent: `00-${trace}-${'b'.repeat(16)}-01` }, 'fine', trace],
      [{ 'x-request-id': 'x'.repeat(129) }, undefined],
      [{ 'x-request-id': 'two\nlines' }, undefined],
      [{ 'x-request-id': 5, traceparent: ['x'], baggage: 7, tracestate: {} }, undefined],
      [{ traceparent: '00-zz', baggage: 'y'.repeat(100_000) }, undefined],
      ['text', undefined],
      [[[]], undefined],
      [null, undefined],
      [7, undefined],
    ];
    for (const [at, [carrier, requestId, wanted]] of hostile.entries()) {
      await web.put({ how: 'add', name: `job ${at}`, data: {}, opts: { 'barbossa-telemetry': carrier } });
      const [line] = await waitForLines(worker, `does job ${at}`);
      expect([line?.request_id, line?.['opts']]).toEqual([requestId, { attempts: 0 }]);
      if (wanted === undefined) expect(line?.trace_id).toMatch(HEX_16);
      else expect(line?.trace_id).toBe(wanted);
      await waitForLines(worker, `done with job ${at}`);
    }
  });

  test('where spans are exported, a job has one below the span of its request; a failure is an error', async () => {
    const receiver = await startSpanReceiver();
    const [web] = await startBoth(findScript(), {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    });
    await web.put({ how: 'add', name: 'one', data: { do: 'fail' } }, 'request-1');
    const isJob = ({ name }: ReceivedSpan): boolean => name === 'process songs';
    await receiver.waitFor((spans) => spans.some(isJob) && spans.some(({ name }) => name === 'POST'));
    const spans = receiver.spans();
    const request = spans.find(({ name }) => name === 'POST');
    expect(spans.find(isJob)).toMatchObject({
      kind: 5,
      traceId: request?.traceId,
      parentSpanId: request?.spanId,
      status: { code: 2 },
    });
  });

  test("an application's own telemetry of BullMQ does as it does without us, and the request's id crosses beside it", async () => {
    const receiver = await startSpanReceiver();
    const [web, worker] = await startBoth(findScript(), {
      TELEMETRY: 'on',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    });
    const { opts } = await web.put({ how: 'add', name: 'one', data: {} }, 'request-1');
    const trace = await traceOf(web, 'request-1');
    const [line] = await waitForLines(worker, 'does one');
    expect(line).toMatchObject({ request_id: 'request-1', trace_id: trace, opts });
    expect(Object.keys(opts ?? {}).toSorted()).toEqual(['attempts', 'telemetry']);
    await receiver.waitFor((spans) => spans.some(({ name }) => name === 'process songs'));
    const spans = receiver.spans().filter(({ traceId }) => traceId === trace);
    const [add, process] = ['add songs.one', 'process songs'].map((name) => spans.filter((span) => span.name === name));
    expect(process).toHaveLength(1);
    expect(process?.[0]).toMatchObject({ kind: 5, spanId: line?.span_id, parentSpanId: add?.[0]?.spanId });
  });
});
