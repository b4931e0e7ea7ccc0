// Responses that have let go of their requests, and events of a server that the application makes up.
const http = require('node:http');
const net = require('node:net');

const closed = [];
const server = http.createServer((request, response) => {
  response.on('close', () => closed.push(request.url));
  if (request.url === '/null') response.req = null;
  if (request.url === '/undefined') response.req = undefined;
  if (request.url === '/deleted') delete response.req;
  if (request.url === '/never') return;
  response.end(request.url);
});

function send(text) {
  return new Promise((resolve) => {
    const socket = net.connect(server.address().port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += String(chunk);
      if (answer.split('HTTP/1.1 200').length > 3) socket.destroy();
    });
    socket.on('close', () => resolve(answer.match(/^\/\w+|HTTP\/1.1 \d+/gm)));
    socket.write(text);
  });
}

server.listen(0, '127.0.0.1', async () => {
  const get = (url, last) => `GET ${url} HTTP/1.1\r\nHost: a\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;
  for (const url of ['/null', '/undefined', '/deleted', '/kept']) console.log(await send(get(url, true)));
  // Of pipelined ones the connection ends while the last waits.
  console.log(await send(['/null', '/deleted', '/undefined', '/never', '/kept'].map((url) => get(url)).join('')));
  server.on('clientError', (error) => console.log('told', error));
  for (const error of [undefined, null, 5, { code: 5 }, { code: null }]) server.emit('clientError', error, {});
  setTimeout(() => {
    console.log(closed);
    server.close();
  }, 50);
});
