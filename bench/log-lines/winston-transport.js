import { logs } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { OpenTelemetryTransportV3 } from '@opentelemetry/winston-transport';
import { logger } from '../apps/logger.cjs';

logs.setGlobalLoggerProvider(
  new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })] }),
);
logger.add(new OpenTelemetryTransportV3());

export { writeDisabled, writeEnabled } from './winston.js';
