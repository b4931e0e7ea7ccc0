import { EventEmitter } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import express from 'express';
import winston from 'winston';
import { getLogger } from '../../../dist/index.js';

const logger = winston.createLogger({ transports: [new winston.transports.Console()] });
const ours = getLogger('library.scan');
const third = logs.getLogger('third-party', '1.2.3');
const app = express();

/** Lines of one request, written by all that a request may start; each names the request. */
app.get('/job/:n', async (request, response) => {
  const { n } = request.params;
  const say = (what) => logger.info(`${n} ${what}`);
  const emitter = new EventEmitter().on('event', () => say('event'));
  say('begin');
  ours.info(`${n} ours`);
  third.emit({ severityNumber: SeverityNumber.WARN, body: `${n} third`, attributes: { shelf: 7 } });
  await sleep(Math.random() * 20);
  logger.child({ part: 'child' }).warn(`${n} child`);
  process.nextTick(() => say('tick'));
  setImmediate(() => emitter.emit('event'));
  setTimeout(() => say('after the answer'), 30);
  await Promise.all([sleep(Math.random() * 20).then(() => say('promise')), sleep(Math.random() * 20)]);
  say('end');
  response.json({ n });
});

/** Whatever is sent from here on is logged, the requests to the collector too. */
app.get('/chatty', (_request, response) => {
  const { request: original } = http;
  http.request = function chattyRequest(...args) {
    logger.info('a request goes out');
    return original.apply(this, args);
  };
  response.json({});
});

/** What no serializer likes. */
app.get('/hostile', (_request, response) => {
  const circle = { name: 'circle' };
  circle.self = circle;
  const hostile = {
    circle,
    big: 10n,
    lone: '\ud800',
    text: 'x'.repeat(10_000_000),
    get broken() {
      throw new Error('a getter');
    },
    proxy: new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('a trap');
        },
      },
    ),
    date: new Date(NaN),
    map: new Map([['a', 1]]),
    nan: NaN,
  };
  ours.info('hostile fields', hostile);
  third.emit({ body: circle, attributes: { circle, list: [1, 'a', undefined], text: hostile.text } });
  third.emit({ body: 'x'.repeat(10_000_000), attributes: { 'log.record.uid': 'its-own-id' } });
  logger.info(`big ${hostile.text}`, { text: hostile.text });
  response.json({});
});

const server = app.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
