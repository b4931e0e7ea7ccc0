import { expect, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { scrapeUntil, select } from './support/metrics.js';
import { readAttribute, startSpanReceiver } from './support/span-receiver.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = `00-${TRACE_ID}-b7ad6b7169203331-01`;

test('upgrades and tunnels of undici have no span that could stay open, and upgrades carry the trace', async () => {
  const receiver = await startSpanReceiver();
  const app = startApp('undici-calls.cjs', {
    env: {
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`,
    },
  });
  const { url, admin } = await findUrls(app);
  const answer = await fetch(url, { headers: { traceparent: CALLER } });
  const seen = new Map((await answer.json()) as [string, string | null][]);
  await receiver.waitFor((spans) => spans.some((span) => readAttribute(span, 'url.path') === '/' && span.kind === 2));
  const ofRequest = receiver.spans().find((span) => span.kind === 2 && readAttribute(span, 'url.path') === '/');
  const clients = receiver.spans().filter(({ kind }) => kind === 3);
  for (const name of ['undici5', 'undici6', 'undici7']) {
    expect(seen.get(`/${name}/upgrade`)).toBe(`00-${TRACE_ID}-${ofRequest?.spanId}-01`);
    expect(seen.get(`/${name}/refused`)).toBe(`00-${TRACE_ID}-${ofRequest?.spanId}-01`);
    const client = clients.find(({ spanId }) => seen.get(`/${name}/request`) === `00-${TRACE_ID}-${spanId}-01`);
    expect(client?.parentSpanId).toBe(ofRequest?.spanId);
  }
  expect(clients).toHaveLength(3);
  const ofServer = { server_port: new URL(url).port };
  const count = 'http_client_request_duration_count';
  const samples = await scrapeUntil(admin, (all) => select(all, count, ofServer).some(({ value }) => value >= 3));
  expect(select(samples, count, ofServer).map(({ value }) => value)).toEqual([3]);
}, 60_000);
