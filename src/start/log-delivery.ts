import type { Config } from '../config/config.js';
import { Delivery } from '../delivery/delivery.js';
import { createSender } from '../delivery/sender.js';
import { Spool } from '../delivery/spool.js';
import { getInstruments } from '../metrics/instruments.js';
import { encodeResource } from '../otel/log-processor.js';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isUsableFolder } from '../delivery/spool-folder.js';

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

/** Where state is kept on this machine, as the environment says it. */
export interface StatePlaces {
  /** systemd's, for the unit: `STATE_DIRECTORY`. */
  readonly stateDirectory: string | undefined;
  /** `XDG_STATE_HOME`. */
  readonly stateHome: string | undefined;
}

/** The spool's folder, and those in which earlier versions had it. */
export interface SpoolFolders {
  readonly directory: string;
  readonly formerDirectories: readonly string[];
}

/**
 * A folder for each user and service that outlasts a restart of the machine, and that nobody else can take first; where
 * there is none, one in the temporary folder. Makes it.
 */
function findSpoolFolders(serviceName: string, { stateDirectory, stateHome }: StatePlaces): SpoolFolders {
  const service = serviceName.replace(/[^\w.-]+/g, '_').slice(0, 100);
  const temporary = findTemporary(service);
  const name = path.join('barbossa-telemetry', /^\.+$/.test(service) ? '_' : service);
  for (const place of [stateDirectory, stateHome, findStateOfHome()]) {
    if (place === undefined || !isUsable(path.join(place, name))) continue;
    return { directory: path.join(place, name), formerDirectories: [temporary] };
  }
  return { directory: temporary, formerDirectories: [] };
}

/** Directly in the temporary folder, where nobody but its owner can rename it: a folder in between could be somebody else's. */
function findTemporary(service: string): string {
  return path.join(os.tmpdir(), `barbossa-telemetry-${process.getuid?.() ?? 'user'}-${service}`);
}

/** Undefined where the home is somebody else's, as `/` is for `nobody`, or is not there. */
function findStateOfHome(): string | undefined {
  if (process.getuid === undefined) return undefined;
  try {
    const home = fs.realpathSync(os.homedir());
    return isUsableFolder(home) ? path.join(home, '.local', 'state') : undefined;
  } catch {
    return undefined;
  }
}

function isUsable(directory: string): boolean {
  try {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    return isUsableFolder(directory);
  } catch {
    return false;
  }
}
