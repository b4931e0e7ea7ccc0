/**
 * OpenTelemetry as its documentation sets it up, with what our package does as well: request metrics for Prometheus, winston's
 * records over OTLP in batches, spans that give ids and are exported nowhere.
 * BENCH_EXPRESS_LAYERS=on makes a span for each Express layer, which is the default of instrumentation-express.
 */
import { createServer } from 'node:http';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { ExpressInstrumentation, ExpressLayerType } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { WinstonInstrumentation } from '@opentelemetry/instrumentation-winston';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { NoopSpanProcessor } from '@opentelemetry/sdk-trace-base';

const layersOn = process.env['BENCH_EXPRESS_LAYERS'] === 'on';
// The exporter takes port 0 for "none given" and listens on 9464, so the server is made here.
const prometheus = new PrometheusExporter({ preventServerStart: true });

new NodeSDK({
  spanProcessors: [new NoopSpanProcessor()],
  metricReaders: [prometheus],
  logRecordProcessors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
  instrumentations: [
    new HttpInstrumentation(),
    new ExpressInstrumentation(layersOn ? {} : { ignoreLayersType: Object.values(ExpressLayerType) }),
    new WinstonInstrumentation(),
  ],
}).start();

const server = createServer((req, res) => prometheus.getMetricsRequestHandler(req, res)).unref();
server.listen(0, '127.0.0.1', () => {
  process.stderr.write(`metrics on http://127.0.0.1:${server.address().port}/metrics\n`);
});
