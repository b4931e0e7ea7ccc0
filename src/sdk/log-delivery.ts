import os from 'node:os';
import path from 'node:path';
import type { Config } from '../config.js';
import { Delivery } from '../logging/delivery/delivery.js';
import { createSender } from '../logging/delivery/sender.js';
import { Spool } from '../logging/delivery/spool.js';
import { getInstruments } from '../metrics/instruments.js';
import { encodeResource } from './log-processor.js';

/** Makes the delivery of log records, or nothing where `OTEL_LOGS_EXPORTER` says so. */
export function createDelivery(config: Config, resource: Readonly<Record<string, unknown>>): Delivery | undefined {
  const { logExport } = config;
  if (logExport.exporter === 'none') return undefined;
  const directory = logExport.spoolDirectory ?? defaultSpoolDirectory(config.general.serviceName);
  return new Delivery({
    sender: createSender({
      url: logExport.url,
      headers: { ...logExport.headers, ...logExport.logsHeaders },
      timeoutMs: logExport.logsTimeoutMs ?? logExport.timeoutMs,
      compression: logExport.compression,
    }),
    spool:
      directory.toLowerCase() === 'off' ? undefined : Spool.open(path.resolve(directory), config.general.serviceName),
    url: logExport.url,
    resource: encodeResource(resource),
    memoryBytes: logExport.memoryBytes,
    spoolBytes: logExport.spoolBytes,
    batchSize: logExport.batchSize,
    delayMs: logExport.delayMs,
    onDropped: (reason, count) => getInstruments()?.logsDropped.add(count, { reason }),
  });
}

/**
 * A folder for each user and service. Directly in the temporary folder, where nobody but its owner can rename it: a
 * folder in between could be somebody else's.
 */
function defaultSpoolDirectory(serviceName: string): string {
  const owner = process.getuid?.() ?? 'user';
  return path.join(os.tmpdir(), `barbossa-telemetry-${owner}-${serviceName.replace(/[^\w.-]+/g, '_').slice(0, 100)}`);
}
