import { context, propagation, trace } from '@opentelemetry/api';
import { node } from '@opentelemetry/sdk-node';
import { onTestFinished } from 'vitest';

/** Registers a tracer, a context manager and the W3C propagators for the running test. */
export function registerTestSdk(): void {
  new node.NodeTracerProvider().register();
  onTestFinished(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });
}
