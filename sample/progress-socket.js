import { WebSocketServer } from 'ws';
import { createLog } from './logger.js';

const log = createLog('websocket');
const MAX_CLIENTS = 500;
const MAX_MESSAGE_BYTES = 1_024;
/** A client that does not read is let go before its messages fill the memory. */
const MAX_BUFFERED_BYTES = 1_000_000;
const PING_EVERY_MS = 30_000;
const CLOSE_MS = 1_000;

/** Serves /ws: each client is told of each step of each download. What clients send is ignored. */
export function serveProgress(server, jobs) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  server.on('upgrade', (request, socket, head) => {
    if (request.url.split('?', 1)[0] !== '/ws') refuse(socket, '404 Not Found');
    else if (sockets.clients.size >= MAX_CLIENTS) refuse(socket, '503 Service Unavailable');
    else sockets.handleUpgrade(request, socket, head, greet);
  });
  jobs.onProgress((queue, { id, state, progress }) => {
    if (queue === 'downloads') tell(sockets.clients, JSON.stringify({ id, state, progress }));
  });
  const pings = setInterval(() => pingAll(sockets.clients), PING_EVERY_MS).unref();
  return {
    close() {
      clearInterval(pings);
      for (const client of sockets.clients) client.close(1001, 'the server stops');
      // The closing handshake takes two; who does not join in is cut off.
      setTimeout(() => terminateAll(sockets.clients), CLOSE_MS).unref();
    },
  };
}

function greet(client) {
  client.isAlive = true;
  client.on('pong', () => {
    client.isAlive = true;
  });
  client.on('error', (error) => log.warn('a client misbehaves', { error }));
}

function tell(clients, message) {
  for (const client of clients) {
    if (client.bufferedAmount > MAX_BUFFERED_BYTES) client.terminate();
    else if (client.readyState === client.OPEN) client.send(message);
  }
}

function pingAll(clients) {
  for (const client of clients) {
    if (!client.isAlive) client.terminate();
    client.isAlive = false;
    client.ping();
  }
}

function terminateAll(clients) {
  for (const client of clients) client.terminate();
}

function refuse(socket, status) {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
