import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createSelfSigned } from './self-signed.js';

/** Answers the requests of apps/client-calls.cjs, each as its path says. */
const answer: RequestListener = (request, response) => {
  const [, name = ''] = /^\/([\w-]+)/.exec(request.url ?? '') ?? [];
  if (/^\d+$/.test(name)) return void response.writeHead(Number(name)).end('answer');
  if (name === 'no-answer') return void request.socket.destroy();
  if (name === 'cut') return void response.write('half', () => response.destroy());
  if (name.startsWith('half')) return void response.write('half');
  if (/^(destroyed|aborted|signal)/.test(name)) return undefined;
  return void response.end('answer');
};

/** Starts the servers that apps/client-calls.cjs calls; they are closed when the test is over. */
export async function startCallServers(): Promise<{ readonly url: string; readonly secureUrl: string }> {
  const plain = createServer(answer).on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
  });
  const secure = createSecureServer(createSelfSigned(), answer);
  const [port, securePort] = await Promise.all([listen(plain), listen(secure)]);
  return { url: `http://127.0.0.1:${port}`, secureUrl: `https://127.0.0.1:${securePort}` };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
