'use strict';
const { WebSocketServer } = require('ws');

/** Serves one application on two ports, as `app.listen` allows, with WebSockets under /socket on the first. */
module.exports = function serve(app) {
  const server = app.listen(0, '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}`);
    const second = app.listen(0, '127.0.0.1', () => console.log(`also on http://127.0.0.1:${second.address().port}`));
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/silent') return void socket.destroy();
    if (request.url !== '/socket') {
      return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    }
    sockets.handleUpgrade(request, socket, head, (client) => client.send('welcome'));
  });
};
