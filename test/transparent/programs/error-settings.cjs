// Error's own settings after lines with errors.
'use strict';
const winston = require('winston');
const { print } = require('../support/seen.cjs');

const logger = winston.createLogger({ transports: [new winston.transports.Console({ silent: true })] });
const show = (label) => print(label, [Object.getOwnPropertyDescriptors(Error), Object.keys(Error)]);

logger.error('one');
show('as they were');
Error.stackTraceLimit = 7;
Error.prepareStackTrace = (error, frames) => `${error.message} ${frames.length > 0}`;
logger.error(new Error('two'));
show('set');
delete Error.prepareStackTrace;
delete Error.stackTraceLimit;
logger.error('three');
show('gone');
