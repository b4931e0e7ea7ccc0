/** What the service promises; alerts burn against the same numbers. */
export const OBJECTIVES = {
  /** Part of the requests that get an answer other than 5xx. */
  availability: 0.99,
  /** Part of the requests that are answered within `latencySeconds`. */
  fast: 0.95,
  /** One of the buckets of barbossa_request_latency_seconds. */
  latencySeconds: 1,
  /** Prometheus keeps as much. */
  window: '30d',
} as const;
