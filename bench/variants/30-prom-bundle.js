export const variant = {
  id: 'prom-bundle',
  application: {
    title: 'express-prom-bundle + winston',
    app: 'express-winston-prom-bundle',
    metrics: 'app',
    count: { series: 'http_request_duration_seconds_count', label: 'path="/api/tracks/:id"' },
  },
  packages: ['express-prom-bundle', 'prom-client'],
};
