'use strict';
const http = require('node:http');
const { WebSocketServer } = require('ws');

// Something else wraps what is written to each socket, as agents and proxies do: before the upgrade, or within it.
function wrap(socket) {
  for (const name of ['write', 'end']) {
    const before = socket[name];
    socket[name] = function (...args) {
      return before.apply(this, args);
    };
  }
}

const sockets = new WebSocketServer({ noServer: true });
const server = http.createServer((request, response) => response.end('no upgrade'));
server.on('connection', (socket) => {
  if (process.argv[2] === 'before') wrap(socket);
});
process.on('warning', ({ name }) => console.log(`warned: ${name}`));

const REFUSALS = {
  '/two-writes': (socket) => {
    socket.write('HTTP/1.1 403 Forb');
    socket.end('idden\r\nConnection: close\r\n\r\n');
  },
  '/bytes': (socket) => {
    for (const byte of Buffer.from('HTTP/1.1 401 Who\r\nX-A: 1\r\n\r\n')) socket.write(Buffer.of(byte));
    socket.end();
  },
  '/version-first': (socket) => {
    socket.write('HTTP/1.1 ');
    socket.write('404');
    socket.write(' Not Found\r\n');
    socket.end('X-Request-ID: mine\r\n\r\n');
  },
  '/encoded': (socket) => socket.end(Buffer.from('HTTP/1.1 409 No\r\n\r\n').toString('base64'), 'base64'),
  '/no-words': (socket) => socket.end('HTTP/1.1 410\r\n\r\n'),
  '/bare-line-feeds': (socket) => socket.end('HTTP/1.1 418 Teapot\n\n'),
  '/interim': (socket) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 503 Busy\r\n');
    socket.end('\r\n');
  },
  '/gone': (socket) => socket.destroy(),
};

server.on('upgrade', (request, socket, head) => {
  if (process.argv[2] === 'within') wrap(socket);
  const refuse = REFUSALS[request.url];
  if (refuse !== undefined) return void refuse(socket);
  sockets.handleUpgrade(request, socket, head, (client) => {
    for (let n = 0; n < 20; n += 1) client.send(`message ${n}`);
  });
});
server.on('connect', (request, socket) => {
  socket.write('HTTP/1.1 ');
  socket.write('200 Connected\r\n');
  socket.write('\r\n');
  socket.write('tunnel');
  socket.end();
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
