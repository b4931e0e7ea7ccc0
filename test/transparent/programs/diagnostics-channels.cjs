// What subscribers of Node's diagnostics channels see of modules that are loaded and of servers that listen.
const channels = require('node:diagnostics_channel');
const see = (...words) => console.log(...words);

channels.subscribe('tracing:module.require:start', ({ id }) => see('require begins', id));
channels.subscribe('tracing:module.require:end', ({ id }) => see('require ends', id));
channels.subscribe('tracing:net.server.listen:asyncStart', ({ options }) =>
  see('listen begins', JSON.stringify(options)),
);
channels.subscribe('tracing:net.server.listen:asyncEnd', ({ server }) => see('listen ends', server.constructor.name));
channels.subscribe('tracing:net.server.listen:error', ({ error }) => see('listen fails', error.code));
channels.subscribe('net.server.socket', () => see('socket of a server'));
channels.subscribe('net.client.socket', () => see('socket of a client'));

for (const name of [
  'http',
  'node:http',
  'https',
  'net',
  'node:events',
  'tls',
  'fs',
  'cluster',
  'node:perf_hooks',
  'http',
]) {
  require(name);
}
for (const name of ['not-there', './not-there.cjs', 'node:nothing']) {
  try {
    require(name);
  } catch (error) {
    console.log(error.code);
  }
}
const { createServer } = require('node:net');

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  console.log('listening');
  setTimeout(() => server.close(() => console.log('closed')), 300);
});
