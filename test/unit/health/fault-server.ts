import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** An HTTP server that stands for Plex or Lidarr. */
export interface FaultServer {
  readonly url: string;
  readonly requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[];
  readonly server: Server;
  /** Open connections. */
  readonly countConnections: () => Promise<number>;
  /** How requests are answered from now on. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Starts one that is closed when the test is over. */
export async function startFaultServer(answer: FaultServer['answer']): Promise<FaultServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const fault: FaultServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    server,
    countConnections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    answer,
  };
  server.on('request', (request, response) => {
    fault.requests.push({ url: request.url ?? '', headers: request.headers });
    fault.answer(request, response);
  });
  return fault;
}

/** Answers a JSON document. */
export function sendJson(document: unknown, status = 200): FaultServer['answer'] {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  };
}
