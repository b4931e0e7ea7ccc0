import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';

/** A span as it was received. */
export interface ReceivedSpan {
  readonly name: string;
  /** 2 is a server's, 3 a client's. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code: number; readonly message?: string };
  readonly events?: readonly { readonly name: string; readonly attributes: ReceivedSpan['attributes'] }[];
}

/** An OTLP/HTTP endpoint that keeps what it gets on each path. */
export interface SpanReceiver {
  readonly url: string;
  readonly requests: { readonly path: string; readonly contentType: string; readonly body: Buffer }[];
  /** The spans that came as JSON. */
  readonly spans: () => ReceivedSpan[];
  /** Resolves when `isWanted`; fails at the deadline. */
  readonly waitFor: (isWanted: (spans: readonly ReceivedSpan[]) => boolean) => Promise<void>;
}

interface TracesRequest {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[] }[];
}

/** Starts a receiver on a free port; it is closed when the test is over. */
export async function startSpanReceiver(): Promise<SpanReceiver> {
  const requests: SpanReceiver['requests'] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      requests.push({ path: request.url ?? '', contentType: request.headers['content-type'] ?? '', body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const spans = (): ReceivedSpan[] =>
    requests
      .filter(({ path, contentType }) => path.endsWith('/traces') && contentType === 'application/json')
      .flatMap(({ body }) => (JSON.parse(body.toString()) as TracesRequest).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spans,
    waitFor: (isWanted) => expect.poll(() => isWanted(spans()), { timeout: 15_000 }).toBe(true),
  };
}

/** An attribute of a span that is text or a number. */
export function readAttribute(span: ReceivedSpan, key: string): unknown {
  const value = span.attributes.find((attribute) => attribute.key === key)?.value ?? {};
  return value['stringValue'] ?? value['intValue'];
}
