import { metrics } from '@opentelemetry/api';
import { METER_NAME } from '../metrics/instruments.js';
import type { CallOptions } from '../http/outgoing/call.js';
import { hookClientRequests } from '../http/outgoing/client-request.js';
import { hookUndici } from '../http/outgoing/undici.js';

/** What the semantic conventions advise. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Observes what the process asks of others by http, https, fetch and undici. Gives what stops that. */
export function startOutgoing(startSpan: CallOptions['startSpan']): () => void {
  const duration = metrics.getMeter(METER_NAME).createHistogram('http.client.request.duration', {
    description: 'Duration of HTTP client requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: BUCKETS },
  });
  const options: CallOptions = {
    startSpan,
    record: (seconds, attributes, context) => duration.record(seconds, attributes, context),
  };
  const stops = [hookClientRequests(options), hookUndici(options)];
  return () => {
    for (const stop of stops) stop();
  };
}
