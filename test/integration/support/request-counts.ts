import { expect } from 'vitest';
import { scrapeUntil, select, sum, type Sample } from './metrics.js';

/** How often each `METHOD endpoint status` was counted. */
export type Counts = Readonly<Record<string, number>>;

/** `barbossa_requests_total` of a scrape. */
function readCounts(samples: readonly Sample[]): Counts {
  const entries = select(samples, 'barbossa_requests_total').map(({ labels, value }) => [
    `${labels['method']} ${labels['endpoint']} ${labels['status']}`,
    value,
  ]);
  return Object.fromEntries(entries) as Counts;
}

/** How often each of the keys is there. */
export function countKeys(keys: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

/** Scrapes until as many requests are counted as are expected, and fails where they are not those. */
export async function expectCounts(admin: string, expected: Counts): Promise<Sample[]> {
  const total = Object.values(expected).reduce((all, count) => all + count, 0);
  const seen: Sample[] = [];
  const isThere = (samples: Sample[]): boolean => {
    seen.splice(0, seen.length, ...samples);
    return sum(samples, 'barbossa_requests_total') >= total;
  };
  // A deadline that passes is told by the comparison: it shows what is missing.
  await scrapeUntil(admin, isThere).catch(() => {});
  expect(readCounts(seen)).toEqual(expected);
  expectHistogramsToAgree(seen);
  return seen;
}

/** Both histograms have counted what the counter has, label by label. */
function expectHistogramsToAgree(samples: readonly Sample[]): void {
  const byEndpoint: Record<string, number> = {};
  const byStatus: Record<string, number> = {};
  for (const { labels, value } of select(samples, 'barbossa_requests_total')) {
    const key = `${labels['method']} ${labels['endpoint']}`;
    byEndpoint[key] = (byEndpoint[key] ?? 0) + value;
    byStatus[`${key} ${labels['status']}`] = value;
  }
  const latency: Record<string, number> = {};
  for (const { labels, value } of select(samples, 'barbossa_request_latency_seconds_count')) {
    latency[`${labels['method']} ${labels['endpoint']}`] = value;
  }
  expect(latency).toEqual(byEndpoint);
  const upstream: Record<string, number> = {};
  for (const { labels, value } of select(samples, 'http_server_request_duration_count')) {
    const route = labels['http_route'] ?? '<unmatched>';
    const key = `${labels['http_request_method']} ${route} ${labels['http_response_status_code']}`;
    upstream[key] = (upstream[key] ?? 0) + value;
  }
  expect(upstream).toEqual(byStatus);
}
