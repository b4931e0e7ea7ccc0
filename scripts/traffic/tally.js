/** The methods that the server has labels for; the others are `_OTHER` to it. */
const KNOWN_METHODS = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);

/** Counts what was sent the way the server should count what it got. */
export class Tally {
  #counts = new Map();
  #latenciesMs = [];
  #errors = new Map();
  #unexpected = new Map();
  sent = 0;
  failed = 0;
  progressMessages = 0;

  /** A request that was answered, or given up on purpose: then its status is 499 and it has no latency. */
  count({ method, endpoint, expects }, status, latencyMs) {
    const label = KNOWN_METHODS.has(method) ? method : '_OTHER';
    increase(this.#counts, `${label} ${endpoint} ${status}`);
    if (!expects.includes(status)) increase(this.#unexpected, `${label} ${endpoint} ${status}`);
    if (latencyMs !== undefined) this.#latenciesMs.push(latencyMs);
  }

  /** A request that got no answer. Whether the server has seen it is not known. */
  fail(error) {
    this.failed += 1;
    increase(this.#errors, error.code ?? error.message);
  }

  /** Everything, as `--json` prints it. */
  summarize(run) {
    const latenciesMs = this.#latenciesMs.toSorted((a, b) => a - b);
    return {
      ...run,
      sent: this.sent,
      counted: this.sent - this.failed,
      latencyMs: { p50: quantile(latenciesMs, 0.5), p95: quantile(latenciesMs, 0.95) },
      progressMessages: this.progressMessages,
      requests: toRows(this.#counts),
      unexpected: toRows(this.#unexpected),
      errors: Array.from(this.#errors, ([error, count]) => ({ error, count })),
    };
  }
}

function increase(map, key) {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function toRows(counts) {
  const rows = Array.from(counts, ([key, count]) => {
    const [method, endpoint, status] = key.split(' ');
    return { method, endpoint, status: Number(status), count };
  });
  return rows.toSorted((a, b) => compare(a.endpoint, b.endpoint) || compare(a.method, b.method) || a.status - b.status);
}

function compare(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function quantile(sorted, share) {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? null : Math.round(value * 10) / 10;
}

/** The summary for a person. */
export function renderSummary(summary) {
  const { latencyMs, requests, unexpected, errors } = summary;
  const lines = [
    ...renderRows(requests),
    '',
    `${summary.sent} requests in ${summary.seconds} s, ${sum(requests, 499)} of them aborted on purpose (status 499)`,
    `latency p50 ${latencyMs.p50} ms, p95 ${latencyMs.p95} ms; ${summary.progressMessages} messages of download progress`,
  ];
  if (unexpected.length > 0) {
    lines.push('', 'answers that are not what such a request should get:', ...renderRows(unexpected));
  }
  for (const { error, count } of errors) lines.push(`no answer: ${count} x ${error}`);
  return lines.join('\n');
}

function sum(rows, status) {
  return rows.filter((row) => row.status === status).reduce((total, { count }) => total + count, 0);
}

function renderRows(rows) {
  const width = Math.max(...rows.map(({ endpoint }) => endpoint.length), 'endpoint'.length);
  const render = (method, endpoint, status, count) =>
    `${method.padEnd(8)} ${endpoint.padEnd(width)} ${String(status).padStart(6)} ${String(count).padStart(8)}`;
  const table = rows.map(({ method, endpoint, status, count }) => render(method, endpoint, status, count));
  return [render('method', 'endpoint', 'status', 'count'), ...table];
}
