'use strict';
const { setTimeout: sleep } = require('node:timers/promises');
const winston = require('winston');

const logger = winston.createLogger({ transports: [new winston.transports.Console()] });

/** Lines of one request, written while others are under way; each names the request. */
module.exports = async function sayLines(n) {
  logger.info(`job ${n} begins`);
  await sleep(Math.random() * 10);
  logger.info(`job ${n} goes on`);
  await new Promise(setImmediate);
  logger.info(`job ${n} ends`);
  return { n };
};
