// A preload: what upstream's own instrumentation tells of outgoing requests, sent where the environment says.
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';

new NodeSDK({
  instrumentations: [new HttpInstrumentation({ disableIncomingRequestInstrumentation: true })],
}).start();
