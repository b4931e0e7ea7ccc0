import { findUrls, startApp, type AppOptions, type AppProcess } from './app-process.js';
import { startReceiver, type OtlpReceiver, type ReceivedRecord } from './otlp-receiver.js';

/** An application under the preload, and the collector that it sends its records to. */
export interface LoggingApp {
  readonly app: AppProcess;
  readonly url: string;
  readonly admin: string;
  readonly receiver: OtlpReceiver;
}

/** Starts both. */
export async function startLoggingApp(script: string, options: AppOptions = {}): Promise<LoggingApp> {
  const receiver = await startReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...options.env };
  const app = startApp(script, { ...options, env });
  return { app, receiver, ...(await findUrls(app)) };
}

/** The records of one request, in the order in which they were written. */
export function ofRequest(records: readonly ReceivedRecord[], requestId: string): ReceivedRecord[] {
  return records
    .filter(({ attributes }) => attributes['request_id'] === requestId)
    .toSorted((a, b) => a.timeMs - b.timeMs);
}

/** The lines of stdout that name a request. */
export function printedFor(app: AppProcess, requestId: string): string[] {
  return app
    .stdout()
    .split('\n')
    .filter((line) => line.includes(`"${requestId}"`));
}

/** The ids of the records that have come more than once. */
export function findRepeated(records: readonly ReceivedRecord[]): string[] {
  const seen = new Set<string>();
  return records.flatMap(({ attributes }) => {
    const id = String(attributes['log.record.uid']);
    if (seen.has(id)) return [id];
    seen.add(id);
    return [];
  });
}

/** The records, each id once, as a store keeps them that goes by the id. */
export function dropRepeated(records: readonly ReceivedRecord[]): ReceivedRecord[] {
  return [...new Map(records.map((record) => [record.attributes['log.record.uid'], record])).values()];
}
