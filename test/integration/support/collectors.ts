import http, { type IncomingMessage, type RequestListener } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { SelfSigned } from './self-signed.js';

/** A request that a collector took. */
export interface TakenRequest {
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
  readonly body: Buffer;
  readonly socket: Socket;
  /** The certificate that the client has shown, as its fingerprint. */
  readonly client: string | undefined;
}

/** A collector, by HTTP or HTTPS, that takes everything. */
export interface TestCollector {
  readonly url: string;
  readonly port: number;
  readonly taken: TakenRequest[];
  /** What is answered; null closes the connection. */
  answer: { readonly headers?: Record<string, string>; readonly status?: number; readonly body?: string | Buffer };
  readonly server: http.Server | https.Server;
  readonly closeConnections: () => void;
}

/** Starts one; it is closed when the test is over. */
export async function startCollector(identity?: https.ServerOptions): Promise<TestCollector> {
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { socket } = request;
      const peer = identity === undefined ? undefined : (socket as TLSSocket).getPeerCertificate();
      collector.taken.push({
        headers: request.headers,
        path: request.url ?? '',
        body: Buffer.concat(chunks),
        socket,
        client: peer?.fingerprint256,
      });
      const { status = 200, headers = {}, body = '{}' } = collector.answer;
      response.writeHead(status, headers).end(body);
    });
  };
  const server = identity === undefined ? http.createServer(listener) : https.createServer(identity, listener);
  const port = await listen(server);
  const collector: TestCollector = {
    url: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}/v1/logs`,
    port,
    taken: [],
    answer: {},
    server,
    closeConnections: () => server.closeAllConnections(),
  };
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return collector;
}

/** A proxy that keeps what it was asked for. */
export interface TestProxy {
  readonly url: string;
  /** First lines of requests. */
  readonly asked: string[];
  readonly logins: (string | undefined)[];
  /** Where tunnels lead to, whatever is asked for. */
  target: number | undefined;
  /** What a tunnel is answered with, instead of being made. */
  refusal: string | undefined;
  /** What comes before the answer to a request for a tunnel. */
  interim: string;
}

/** Starts a proxy that forwards requests and makes tunnels, by HTTP or HTTPS. */
export async function startProxy(identity?: SelfSigned): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const server = identity === undefined ? http.createServer() : https.createServer(identity);
  server.on('request', (request: IncomingMessage, response: http.ServerResponse) => {
    proxy.asked.push(`${request.method} ${request.url}`);
    proxy.logins.push(request.headers['proxy-authorization']);
    const url = new URL(request.url ?? '');
    const { 'proxy-authorization': _login, ...headers } = request.headers;
    const onward = http.request(
      { host: '127.0.0.1', port: proxy.target ?? url.port, path: url.pathname, method: request.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    proxy.asked.push(`CONNECT ${request.url}`);
    proxy.logins.push(request.headers['proxy-authorization']);
    if (proxy.refusal !== undefined) return void socket.end(proxy.refusal);
    const onward = net.connect(proxy.target ?? Number(request.url?.split(':').at(-1)), '127.0.0.1');
    sockets.add(socket).add(onward);
    for (const each of [socket, onward]) each.on('error', () => {});
    onward.on('connect', () => {
      socket.write(`${proxy.interim}HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n`);
      socket.pipe(onward).pipe(socket);
    });
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  const port = await listen(server);
  const proxy: TestProxy = {
    url: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked: [],
    logins: [],
    target: undefined,
    refusal: undefined,
    interim: '',
  };
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  });
  return proxy;
}

async function listen(server: Server | TlsServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
