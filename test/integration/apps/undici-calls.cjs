// Lets each copy of undici send a request, an upgrade and a tunnel, within a request of its own to itself.
'use strict';
const { createServer } = require('node:http');
const { once } = require('node:events');

const COPIES = ['undici5', 'undici6', 'undici7'];
const seen = [];

const server = createServer(async (request, response) => {
  if (request.url !== '/') {
    seen.push([request.url, request.headers.traceparent]);
    return void response.end('answer');
  }
  const to = `http://127.0.0.1:${server.address().port}`;
  for (const name of COPIES) {
    const { Agent, ...undici } = require(name);
    const dispatcher = new Agent();
    const refused = await undici.upgrade(`${to}/${name}/refused`, { protocol: 'x', dispatcher }).catch(String);
    const { socket } = await undici.upgrade(`${to}/${name}/upgrade`, { protocol: 'x', dispatcher });
    socket.destroy();
    const tunnel = await undici.connect(`${to}/${name}/connect`, { dispatcher });
    tunnel.socket.destroy();
    const answer = await undici.request(`${to}/${name}/request`, { dispatcher });
    await answer.body.text();
    seen.push([`${name} refused`, typeof refused]);
    await dispatcher.close();
  }
  response.end(JSON.stringify(seen));
});
server.on('upgrade', (request, socket) => {
  seen.push([request.url, request.headers.traceparent]);
  const isRefused = request.url.endsWith('/refused');
  socket.end(
    isRefused
      ? 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'
      : 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
  );
});
server.on('connect', (request, socket) => {
  seen.push([request.url, request.headers.traceparent]);
  socket.end('HTTP/1.1 200 Established\r\n\r\n');
});
server.listen(0, '127.0.0.1');
void once(server, 'listening').then(() => console.log(`listening on http://127.0.0.1:${server.address().port}`));
