import { metrics, type Attributes, type Context } from '@opentelemetry/api';
import { getInstruments, METER_NAME } from './instruments.js';
import { SeriesLimit } from './series-limit.js';

/** Endpoint of a request that no route took. */
export const UNMATCHED = '<unmatched>';
/** Method of a request whose method is not a known one. */
export const OTHER_METHOD = '_OTHER';

/** RFC 9110, PATCH (RFC 5789) and QUERY: what the semantic conventions call the known methods. */
const KNOWN = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE']);

/** Upper bounds in seconds that the semantic conventions advise for `http.server.request.duration`. */
const UPSTREAM_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** A request that is over. */
export interface RequestSample {
  readonly method: string;
  readonly route: string | undefined;
  readonly status: number;
  readonly durationSeconds: number;
  readonly scheme: 'http' | 'https';
  readonly protocolVersion: string;
}

/** One of the known methods, else `_OTHER`: clients must not be able to make series. */
export function normaliseMethod(method: string): string {
  return KNOWN.has(method) ? method : OTHER_METHOD;
}

/**
 * Makes the recorder of requests: `barbossa_requests_total`, `barbossa_request_latency_seconds` and the upstream
 * `http.server.request.duration`. To be called once the meter provider is registered.
 * @param maxSeries Series of one family.
 */
export function createRequestRecorder(maxSeries: number): (sample: RequestSample, context: Context) => void {
  const instruments = getInstruments();
  if (instruments === undefined) return () => {};
  const upstream = metrics.getMeter(METER_NAME).createHistogram('http.server.request.duration', {
    description: 'Duration of HTTP server requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: UPSTREAM_BUCKETS },
  });
  const durations = new SeriesLimit('http.server.request.duration', maxSeries);
  return (sample, context) => {
    const method = normaliseMethod(sample.method);
    const endpoint = sample.route ?? UNMATCHED;
    const status = String(sample.status);
    const { durationSeconds } = sample;
    instruments.requests.add(1, { method, endpoint, status }, context);
    instruments.requestLatency.record(durationSeconds, { method, endpoint }, context);
    const key = `${method} ${endpoint} ${status} ${sample.scheme} ${sample.protocolVersion}`;
    upstream.record(
      durationSeconds,
      durations.admit(key, () => describe(sample, method)),
      context,
    );
  };
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
