/**
 * Elastic's distribution sends spans and metrics as it comes, logs when asked to; all to the sink. Its cloud detectors are
 * off: they ask addresses outside this machine, and where those are silent hold everything back for seconds.
 */
export const variant = {
  id: 'elastic',
  nodeArgs: ['--import', '@elastic/opentelemetry-node'],
  env: ({ sinkUrl, run }) => ({
    OTEL_SERVICE_NAME: 'bench',
    OTEL_EXPORTER_OTLP_ENDPOINT: `${sinkUrl}/${run}`,
    ELASTIC_OTEL_NODE_ENABLE_LOG_SENDING: 'true',
    OTEL_NODE_RESOURCE_DETECTORS: 'env,process,serviceinstance,os,host,container',
  }),
  application: { title: '@elastic/opentelemetry-node', app: 'express-winston', logs: true, spans: true },
  startUp: {},
  packages: ['@elastic/opentelemetry-node'],
};
