import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { APPS, findUrls, startApp } from './support/app-process.js';
import { sum } from './support/metrics.js';
import { expectCounts } from './support/request-counts.js';

const ROOT = path.resolve(APPS, '../../..');
const DEADLINE_MS = 120_000;

interface TrafficSummary {
  readonly sent: number;
  readonly requests: readonly {
    readonly method: string;
    readonly endpoint: string;
    readonly status: number;
    readonly count: number;
  }[];
  readonly errors: readonly unknown[];
}

/** `npm run traffic` against an application. */
async function runTraffic(url: string, requests: number): Promise<TrafficSummary> {
  const args = ['--url', url, '--requests', String(requests), '--rate', '2000', '--json'];
  const child = spawn(process.execPath, [path.join(ROOT, 'scripts/traffic.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return JSON.parse(output) as TrafficSummary;
}

test(
  '10,000 requests of the traffic mix are counted one by one, in the counter and in the histograms',
  async () => {
    const app = startApp(path.join(ROOT, 'server.js'), { env: { PORT: '0', OTEL_LOGS_EXPORTER: 'none' } });
    const { url, admin } = await findUrls(app);
    const { sent, requests, errors } = await runTraffic(url, 10_000);
    expect({ sent, errors }).toEqual({ sent: 10_000, errors: [] });
    const expected = requests.map(({ method, endpoint, status, count }) => [`${method} ${endpoint} ${status}`, count]);
    const samples = await expectCounts(admin, Object.fromEntries(expected) as Record<string, number>);
    expect(sum(samples, 'barbossa_requests_total')).toBe(10_000);
  },
  DEADLINE_MS,
);
