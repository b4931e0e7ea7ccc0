import { createServer, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { WebSocketServer } from 'ws';

/** `bare.js` serves http; with TLS_KEY and TLS_CERT it serves https. No framework, no routes. */
const { TLS_KEY: key, TLS_CERT: cert } = process.env;
const server = key === undefined ? createServer() : createSecureServer({ key, cert });
const inner = new Server((request, response) => response.end(`inner ${request.url}`));

const pages = {
  '/': (request, response) => response.end('plain'),
  '/chunks': (request, response) => {
    response.write('one');
    setImmediate(() => response.end('two'));
  },
  '/implicit': (request, response) => {
    response.statusCode = 202;
    response.setHeader('X-Own', 'yes');
    response.end();
  },
  '/object': (request, response) => {
    response.setHeader('X-Own', 'set before');
    response.writeHead(200, 'Fine', { 'x-OWN': 'then written', 'Set-Cookie': ['a=1', 'b=2'] }).end();
  },
  '/only-object': (request, response) => response.writeHead(200, { 'X-Many': ['1', '2'], Vary: 'Accept' }).end(),
  '/list': (request, response) =>
    response.writeHead(200, ['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'X-One', '1']).end('list'),
  '/list-merged': (request, response) => {
    response.setHeader('X-Own', 'set before');
    response.writeHead(200, ['Set-Cookie', 'a=1', 'X-One', '1']).end('list');
  },
  '/pairs': (request, response) =>
    response
      .writeHead(200, [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-One', '1'],
      ])
      .end('pairs'),
  '/nonsense': (request, response) => {
    try {
      response.writeHead(200, ['odd']);
    } catch (error) {
      response.end(error.code);
    }
  },
  '/late': (request, response) => {
    response.end('first');
    try {
      response.writeHead(500);
    } catch (error) {
      console.log(error.code);
    }
  },
  '/forward': (request, response) => inner.emit('request', request, response),
  '/echo': (request, response) => void request.pipe(response),
  '/hang': () => console.log('hanging'),
  '/drip': (request, response) => {
    response.write('first');
    console.log('dripping');
  },
  '/cut': (request, response) => {
    response.write('first');
    response.destroy();
  },
};

server.on('request', (request, response) => {
  const page = pages[request.url];
  if (page === undefined) response.writeHead(404).end('nothing here');
  else page(request, response);
});
server.on('checkContinue', (request, response) => {
  if (request.url === '/refuse') return response.writeHead(413).end('too much');
  response.writeContinue();
  server.emit('request', request, response);
});
server.on('checkExpectation', (request, response) => response.writeHead(417).end('not expected'));
server.on('connect', (request, socket) => socket.end('HTTP/1.1 200 Connection Established\r\n\r\ntunnel'));
new WebSocketServer({ server, path: '/socket' }).on('connection', (client) => client.send('welcome'));

server.listen(0, '127.0.0.1', () => {
  console.log(`listening on ${key === undefined ? 'http' : 'https'}://127.0.0.1:${server.address().port}`);
});

const limits = { headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 50 };
const impatient = createServer(limits, (request, response) => response.end());
impatient.listen(0, '127.0.0.1', () => console.log(`impatient on http://127.0.0.1:${impatient.address().port}`));
