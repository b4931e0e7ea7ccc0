'use strict';
// Needs --expose-gc. Tells, when it is asked under /alive, how many of its requests and bodies are still held.
const http = require('node:http');
const { buffer } = require('node:stream/consumers');

const requests = [];
const bodies = [];
const timers = [];

const server = http.createServer(async (request, response) => {
  if (request.url === '/alive') {
    // What is freed becomes visible at the end of a turn.
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise(setImmediate);
      globalThis.gc();
    }
    return response.end(JSON.stringify({ requests: countAlive(requests), bodies: countAlive(bodies) }));
  }
  requests.push(new WeakRef(request));
  if (request.method === 'POST') {
    request.body = await buffer(request);
    bodies.push(new WeakRef(request.body));
    timers.push(startTimer());
  }
  response.end('ok');
});
server.keepAliveTimeout = 0;
server.on('upgrade', (request, socket) => {
  requests.push(new WeakRef(request));
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
});

// Its closure has nothing of the request in it.
function startTimer() {
  return setInterval(() => {}, 60_000).unref();
}

function countAlive(references) {
  return references.filter((reference) => reference.deref() !== undefined).length;
}

server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
