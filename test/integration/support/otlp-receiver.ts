import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

/** A log record as it was received, with its values unpacked. */
export interface ReceivedRecord {
  readonly scope: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly severityText: string;
  readonly severityNumber: number;
  readonly body: unknown;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly timeMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * How a request fails: with a status, with a broken connection, by no answer, or by an answer that ends too soon. None
 * keeps its records.
 */
export type Fault = number | 'reset' | 'hang' | 'cut';

/** An OTLP/HTTP endpoint that keeps what it gets. */
export interface OtlpReceiver {
  readonly url: string;
  readonly records: ReceivedRecord[];
  readonly requests: {
    readonly headers: IncomingMessage['headers'];
    readonly records: number;
    /** When it had arrived, by `performance.now()`. */
    readonly atMs: number;
  }[];
  /** Status for the requests from now on; 200 keeps their records, others do not. */
  status: number;
  /**
   * What becomes of the requests from now on. `reset` keeps their records and then breaks the connection, `hang` keeps
   * nothing and never answers.
   */
  conduct: 'answer' | 'reset' | 'hang';
  readonly answerHeaders: Record<string, string>;
  /** What becomes of a request with these records, as a proxy that dislikes a text would do it. Default: nothing odd. */
  faultOf: (bodies: readonly unknown[]) => Fault | undefined;
  /** Resolves when a record fulfils `isWanted`; fails at the deadline. */
  readonly waitFor: (isWanted: (records: readonly ReceivedRecord[]) => boolean, deadlineMs?: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number | string;
  readonly doubleValue?: number | string;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

interface LogRecord {
  readonly timeUnixNano: string;
  readonly severityText: string;
  readonly severityNumber: number;
  readonly body?: AnyValue;
  readonly attributes?: readonly KeyValue[];
  readonly traceId?: string;
  readonly spanId?: string;
}

interface LogsRequest {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeLogs: readonly {
      readonly scope: { readonly name: string };
      readonly logRecords: readonly LogRecord[];
    }[];
  }[];
}

/** Starts a receiver on a free port, or on `port`; it is closed when the test is over. */
export async function startReceiver(port = 0): Promise<OtlpReceiver> {
  const listeners = new Set<() => void>();
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const fault = receiver.faultOf(readRecords(text).map(({ body }) => body));
      if (fault !== undefined) {
        receiver.requests.push({ headers: request.headers, records: 0, atMs: performance.now() });
        return failWith(fault, request, response, receiver.answerHeaders);
      }
      const records = receiver.status < 300 && receiver.conduct !== 'hang' ? readRecords(text) : [];
      receiver.requests.push({ headers: request.headers, records: records.length, atMs: performance.now() });
      receiver.records.push(...records);
      if (receiver.conduct === 'reset') request.socket.resetAndDestroy();
      if (receiver.conduct === 'answer') {
        response.writeHead(receiver.status, { 'content-type': 'application/json', ...receiver.answerHeaders });
        response.end('{}');
      }
      for (const listener of listeners) listener();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    records: [],
    requests: [],
    status: 200,
    conduct: 'answer',
    answerHeaders: {},
    faultOf: () => undefined,
    waitFor: (isWanted, deadlineMs = 15_000) => waitUntil(() => isWanted(receiver.records), listeners, deadlineMs),
    close,
  };
  onTestFinished(close);
  return receiver;
}

function failWith(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
): void {
  if (typeof fault === 'number') response.writeHead(fault, headers).end('no');
  if (fault === 'reset') request.socket.resetAndDestroy();
  if (fault === 'cut') {
    response.writeHead(200, { 'content-length': 100 }).write('{"partial');
    setImmediate(() => request.socket.destroy());
  }
}

function waitUntil(isTrue: () => boolean, listeners: Set<() => void>, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      listeners.delete(look);
    };
    const look = (): void => {
      if (!isTrue()) return;
      finish();
      resolve();
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`what was waited for did not arrive in ${deadlineMs} ms`));
    }, deadlineMs);
    listeners.add(look);
    look();
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}

function readRecords(text: string): ReceivedRecord[] {
  const { resourceLogs } = JSON.parse(text) as LogsRequest;
  return resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ scope, logRecords }) =>
      logRecords.map((record) => ({
        scope: scope.name,
        resource: unpackPairs(resource.attributes),
        severityText: record.severityText,
        severityNumber: record.severityNumber,
        body: unpack(record.body ?? {}),
        traceId: record.traceId,
        spanId: record.spanId,
        timeMs: Number(BigInt(record.timeUnixNano) / 1_000_000n),
        attributes: unpackPairs(record.attributes ?? []),
      })),
    ),
  );
}

function unpackPairs(pairs: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, unpack(value)]));
}

function unpack(value: AnyValue): unknown {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(unpack);
  if (value.kvlistValue !== undefined) return unpackPairs(value.kvlistValue.values ?? []);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? null;
}
