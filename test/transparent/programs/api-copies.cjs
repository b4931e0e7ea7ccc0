// The application's own logger for OpenTelemetry's messages, its context and what it finds registered.
const { context, diag, trace, ROOT_CONTEXT } = require('@opentelemetry/api');

console.log(context.active() === ROOT_CONTEXT, trace.getActiveSpan());
context.with(ROOT_CONTEXT.setValue(Symbol.for('a'), 1), () => console.log(trace.getSpan(context.active())));
console.log(typeof diag.info, typeof trace.getTracer('own').startSpan('mine').end);
