import type { Config } from '../config/config.js';
import { Delivery } from '../delivery/delivery.js';
import { createSender } from '../delivery/sender.js';
import { Spool } from '../delivery/spool.js';
import { getInstruments } from '../metrics/instruments.js';
import { encodeResource } from '../otel/log-processor.js';
import { findSpoolFolders } from './spool-folders.js';

/** Makes the delivery of log records, or nothing where `OTEL_LOGS_EXPORTER` says so. */
export function createDelivery(config: Config, resource: Readonly<Record<string, unknown>>): Delivery | undefined {
  const { logExport } = config;
  if (logExport.exporter === 'none') return undefined;
  return new Delivery({
    sender: createSender({ ...logExport.transport, tokenFile: logExport.tokenFile }),
    spool: openSpool(config),
    url: logExport.transport.url,
    resource: encodeResource(resource),
    memoryBytes: logExport.memoryBytes,
    spoolBytes: logExport.spoolBytes,
    spoolDelayMs: logExport.spoolDelayMs,
    batchSize: logExport.batchSize,
    delayMs: logExport.delayMs,
    onAside: (difference) => getInstruments()?.logsSetAside.add(difference),
    onDropped: (reason, count) => getInstruments()?.logsDropped.add(count, { reason }),
  });
}

/** Where log records go, for the start-up line. Without secrets. */
export function describeWay({ exporter, transport: { url, proxy } }: Config['logExport']): string {
  if (exporter === 'none') return 'logs are not sent';
  return `logs go to ${url}${proxy === undefined ? '' : ` through the proxy ${proxy.url}`}`;
}

function openSpool({ logExport, general: { serviceName } }: Config): Spool | undefined {
  const { spoolDirectory } = logExport;
  if (spoolDirectory === 'off') return undefined;
  if (spoolDirectory !== undefined) return Spool.open({ directory: spoolDirectory, serviceName });
  return Spool.open({ ...findSpoolFolders(serviceName, logExport), serviceName });
}
