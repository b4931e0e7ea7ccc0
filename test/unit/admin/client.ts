import http, { type IncomingHttpHeaders } from 'node:http';
import net from 'node:net';
import { onTestFinished } from 'vitest';
import { answerJson, type Answer, type Route } from '../../../src/admin/route.js';
import { startAdminServer, type AdminAccess, type AdminAddress, type AdminLimits } from '../../../src/admin/server.js';

/** Starts an admin server for the running test on a free port of the loopback interface. */
export async function startServer(
  routes: readonly Route[],
  limits: Partial<AdminLimits> = {},
  access: AdminAccess = {},
): Promise<AdminAddress> {
  const admin = startAdminServer({ host: '127.0.0.1', port: 0, service: { name: 'test' }, routes, limits, access });
  onTestFinished(() => admin.close());
  const address = await admin.ready;
  if (address === undefined) throw new Error('the admin server does not listen');
  return address;
}

/** A route that is always well. */
export const LIVE_ROUTE: Route = {
  path: '/health/live',
  about: 'Liveness.',
  answer: () => answerJson(200, { status: 'alive' }),
};

/** A route of plain text. */
export function makeRoute(path: string, answer: () => Answer | Promise<Answer>): Route {
  return { path, about: 'test', answer };
}

/** An answer with the body as text. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request, without keep-alive. */
export function request(url: string, options: http.RequestOptions & { body?: Buffer } = {}): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject);
    sent.end(options.body);
  });
}

/** A raw connection: what was received, and when the other side ended it. */
export interface RawConnection {
  readonly socket: net.Socket;
  readonly received: () => string;
  readonly closed: Promise<string>;
}

/** Connects for the running test and writes `text` as it is. */
export function connect({ host, port }: AdminAddress, text = ''): RawConnection {
  const socket = net.connect({ host, port, allowHalfOpen: false });
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  // A reset is one of the ways in which the server may end a connection.
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => void socket.on('close', () => resolve(received)));
  if (text !== '') socket.write(text);
  return { socket, received: () => received, closed };
}
