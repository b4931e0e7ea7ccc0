'use strict';
const { exchangeBytes, printBytes, startServer } = require('../support/seen.cjs');

const ANSWERS = {
  'end with text': (_request, response) => response.end('hello'),
  'writeHead with a message': (_request, response) => response.writeHead(404, 'Not Here', { 'X-A': '1' }).end(),
  'a stream of chunks': (_request, response) => {
    response.write('one');
    response.end('two');
  },
};

async function main() {
  for (const [name, handler] of Object.entries(ANSWERS)) {
    const { server, port } = await startServer(handler);
    const bytes = await exchangeBytes(port, 'GET /x HTTP/1.1\r\nhost: example\r\nconnection: close\r\n\r\n');
    printBytes(name, bytes, [port]);
    server.close();
  }
}

void main();
