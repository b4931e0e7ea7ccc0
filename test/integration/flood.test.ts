import { expect, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { scrapeUntil, select, sum } from './support/metrics.js';
import { connectRaw, converse, readStatuses } from './support/raw-http.js';
import { countKeys } from './support/request-counts.js';

const DEADLINE_MS = 120_000;

const CONNECTIONS = 50;
const EACH = 2_000;
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'MKCOL',
  'PURGE',
  'LINK',
];

test(
  '100,000 requests to random URLs with random methods add one series a method and status at most',
  async () => {
    const { url, admin } = await findUrls(startApp('express5.js', { env: { NODE_ENV: 'production' } }));
    const statuses: number[] = [];
    for (let index = 0; index < CONNECTIONS; index += 1) statuses.push(...(await sendFlood(url)));
    expect(countKeys(statuses.map(String))).toEqual({ 404: CONNECTIONS * (EACH - 1), 400: CONNECTIONS });
    const samples = await scrapeUntil(
      admin,
      (all) => sum(all, 'barbossa_requests_total') >= CONNECTIONS * EACH,
      DEADLINE_MS,
    );
    expect(sum(samples, 'barbossa_requests_total')).toBe(CONNECTIONS * EACH);
    for (const [family, labels] of [
      ['barbossa_requests_total', ['method', 'status']],
      ['barbossa_request_latency_seconds_count', ['method']],
      ['http_server_request_duration_count', ['http_request_method', 'http_response_status_code']],
    ] as const) {
      const series = select(samples, family).map((sample) => labels.map((label) => sample.labels[label]).join(' '));
      expect(series.length, family).toBe(new Set(series).size);
      expect(series.length, family).toBeLessThanOrEqual(10);
    }
    for (const { labels } of select(samples, 'barbossa_requests_total')) expect(labels['endpoint']).toBe('<unmatched>');
  },
  DEADLINE_MS,
);

/**
 * All but one on one connection, without waiting for answers; the last on a connection of its own, with a method that
 * Node's parser does not know.
 */
async function sendFlood(url: string): Promise<number[]> {
  const connection = await connectRaw(url);
  const lines = Array.from({ length: EACH - 1 }, (_, index) => {
    const method = METHODS[Math.floor(Math.random() * METHODS.length)] ?? 'GET';
    const end = index === EACH - 2 ? 'Connection: close\r\n' : '';
    return `${method} /${randomText()}/${randomText()}?${randomText()} HTTP/1.1\r\nHost: a\r\n${end}Content-Length: 0\r\n\r\n`;
  });
  await connection.send(lines.join(''));
  const received = await connection.closed(DEADLINE_MS);
  return [...readStatuses(received), ...readStatuses(await converse(url, `X${randomText()} / HTTP/1.1\r\n\r\n`))];
}

function randomText(): string {
  return Math.random().toString(36).slice(2);
}
