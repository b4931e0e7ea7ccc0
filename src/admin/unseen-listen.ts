import { channel } from 'node:diagnostics_channel';
import type { Server } from 'node:http';

/** What Node tells those who ask about servers that begin to listen. */
const CHANNELS = ['asyncStart', 'asyncEnd', 'error'].map((event) => channel(`tracing:net.server.listen:${event}`));

type Publish = (message: unknown) => void;

/**
 * Lets a server of ours listen unseen by the application's subscribers: it would see servers that it has not made. Other
 * servers are told of meanwhile.
 */
export async function listenUnseen(server: Server, listen: () => Promise<void>): Promise<void> {
  const isOurs = (message: unknown): boolean => (message as { server?: unknown } | undefined)?.server === server;
  for (const each of CHANNELS) {
    // Node changes the prototype of a channel with its first subscriber, and publishes by the method that is there then.
    const publish: Publish = (message) => {
      if (!isOurs(message)) (Object.getPrototypeOf(each) as { publish: Publish }).publish.call(each, message);
    };
    Object.defineProperty(each, 'publish', { value: publish, configurable: true, writable: true });
  }
  try {
    await listen();
  } finally {
    for (const each of CHANNELS) Reflect.deleteProperty(each, 'publish');
  }
}
