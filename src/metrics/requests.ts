import type { Attributes, Context } from '@opentelemetry/api';
import { CATALOGUE } from './catalogue.js';
import { makeExemplar } from './request-exemplar.js';
import { observe, RequestFamily, type RequestFamilyRow, type RequestSeries } from './request-family.js';

/** Endpoint of a request that no route took. */
const UNMATCHED = '<unmatched>';
/** Method of a request whose method is not a known one. */
export const OTHER_METHOD = '_OTHER';

/** RFC 9110, PATCH (RFC 5789) and QUERY: what the semantic conventions call the known methods. */
const KNOWN = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE']);

/** Of the semantic conventions, with the upper bounds that they advise. */
const UPSTREAM = {
  name: 'http.server.request.duration',
  help: 'Duration of HTTP server requests.',
  unit: 's',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
} as const satisfies RequestFamilyRow;

/** A request that is over. */
export interface RequestSample {
  readonly method: string;
  readonly route: string | undefined;
  readonly status: number;
  readonly durationSeconds: number;
  readonly scheme: 'http' | 'https';
  readonly protocolVersion: string;
}

/** What counts requests, and what was counted. */
export interface RequestMetrics {
  readonly families: readonly RequestFamily[];
  /** @param context Of the request, with its span; absent where it has none. */
  readonly record: (sample: RequestSample, context?: Context) => void;
}

/** The series that one kind of request is counted in. */
interface Counted {
  readonly requests: RequestSeries;
  readonly latency: RequestSeries;
  readonly upstream: RequestSeries;
}

/** One of the known methods, else `_OTHER`: clients must not be able to make series. */
export function normaliseMethod(method: string): string {
  return KNOWN.has(method) ? method : OTHER_METHOD;
}

/**
 * Makes what counts requests: `barbossa_requests_total`, `barbossa_request_latency_seconds` and the upstream
 * `http.server.request.duration`.
 * @param maxSeries Series of one family.
 */
export function createRequestMetrics(maxSeries: number): RequestMetrics {
  const requests = new RequestFamily(CATALOGUE.requests, maxSeries);
  const latency = new RequestFamily(CATALOGUE.requestLatency, maxSeries);
  const upstream = new RequestFamily(UPSTREAM, maxSeries);
  const families = [requests, latency, upstream];
  const known = new Map<string, Counted>();

  const find = (key: string, method: string, sample: RequestSample): Counted => {
    const endpoint = sample.route ?? UNMATCHED;
    const status = String(sample.status);
    const counted = {
      requests: requests.find(`${method} ${endpoint} ${status}`, () => ({ method, endpoint, status })),
      latency: latency.find(`${method} ${endpoint}`, () => ({ method, endpoint })),
      upstream: upstream.find(key, () => describe(sample, method)),
    };
    // Beyond the limit many keys share the overflow series.
    if (known.size < maxSeries) known.set(key, counted);
    return counted;
  };

  const record = (sample: RequestSample, context?: Context): void => {
    const { durationSeconds } = sample;
    const method = normaliseMethod(sample.method);
    const key = `${method} ${sample.route ?? UNMATCHED} ${sample.status} ${sample.scheme} ${sample.protocolVersion}`;
    const counted = known.get(key) ?? find(key, method, sample);
    counted.requests.count += 1;
    const exemplar = context === undefined ? undefined : makeExemplar(context, durationSeconds);
    observe(counted.latency, CATALOGUE.requestLatency.buckets, durationSeconds, exemplar);
    observe(counted.upstream, UPSTREAM.buckets, durationSeconds, exemplar);
  };
  return { families, record };
}

/** The attributes of the semantic conventions for HTTP servers. */
function describe(sample: RequestSample, method: string): Attributes {
  const attributes: Attributes = {
    'http.request.method': method,
    'url.scheme': sample.scheme,
    'http.response.status_code': sample.status,
    'network.protocol.version': sample.protocolVersion,
  };
  if (sample.route !== undefined) attributes['http.route'] = sample.route;
  if (sample.status >= 500) attributes['error.type'] = String(sample.status);
  return attributes;
}
