import { AsyncLocalStorage } from 'node:async_hooks';
import { context, ROOT_CONTEXT, trace, TraceFlags, type Context, type ContextManager } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
  type LogRecordProcessor,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs';
import { onTestFinished, vi } from 'vitest';

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
export const SPAN_ID = 'b7ad6b7169203331';

/** Registers a real logger provider for the running test and returns what arrives there. */
export function startTestLogs(...processors: LogRecordProcessor[]): () => ReadableLogRecord[] {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter }), ...processors] });
  logs.setGlobalLoggerProvider(provider);
  onTestFinished(() => logs.disable());
  return () => exporter.getFinishedLogRecords();
}

/** Makes `context.with` work during the running test. */
export function startTestContext(): void {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, run, thisArg, ...args) => storage.run(active, () => run.apply(thisArg, args)),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  context.setGlobalContextManager(manager);
  onTestFinished(() => context.disable());
}

/** The given context with a span that exists only by its ids. */
export function withTestSpan(parent: Context, traceId = TRACE_ID, spanId = SPAN_ID): Context {
  return trace.setSpanContext(parent, { traceId, spanId, traceFlags: TraceFlags.SAMPLED });
}

/** Takes what is written to a stream of the process during the running test, a text for each write. */
export function captureStream(name: 'stdout' | 'stderr'): string[] {
  const writes: string[] = [];
  const spy = vi.spyOn(process[name], 'write').mockImplementation((text) => {
    writes.push(String(text));
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  return writes;
}
