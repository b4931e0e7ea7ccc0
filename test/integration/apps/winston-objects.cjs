// Answers with what it has logged, by loggers whose lines say whether they had the ids.
'use strict';
const http = require('node:http');
const winston = require('winston');

const MESSAGE = Symbol.for('message');
const { format } = winston;

class SlowTransport extends winston.Transport {
  log(info, done) {
    process.stdout.write(`${info[MESSAGE]}\n`);
    setTimeout(() => done(), 8);
  }
}

class RefusedError extends Error {
  #code = 7;
  toJSON() {
    return { message: this.message, code: this.#code };
  }
}

let numbered = 0;
const number = format((info) => Object.assign(info, { number: (numbered += 1) }));
const logger = winston.createLogger({ transports: [new winston.transports.Console()] });
const withErrors = winston.createLogger({
  format: format.combine(format.errors({ stack: true }), format.json()),
  transports: [new winston.transports.Console()],
});
const slow = winston.createLogger({
  format: format.combine(number(), format.json()),
  transports: [new SlowTransport()],
});

const WAYS = {
  body: () => log((object) => logger.info(object), { message: 'a body', title: 'Blue' }),
  error: () => log((object) => withErrors.error(object), new Error('refused')),
  'error-plain': () => log((object) => logger.error(object), new Error('refused', { cause: new Error('inner') })),
  instance: () => log((object) => logger.error(object), new RefusedError('refused')),
  splat: () => log((object) => logger.log(object), { level: 'info', message: '%s', [Symbol.for('splat')]: ['x'] }),
  child: () => log((object) => logger.child({ part: 'child' }).info(object), { message: 'by a child' }),
  slow() {
    for (let n = 1; n <= 60; n++) slow.info({ message: `line ${n}` });
    return {};
  },
};

function log(way, object) {
  way(object);
  return object;
}

const server = http.createServer((request, response) => {
  const object = WAYS[request.url.slice(1)]();
  response.end(JSON.stringify({ ...object }));
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
