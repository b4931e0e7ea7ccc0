const winston = require('winston');

const format = winston.format.combine(winston.format.timestamp(), winston.format.json());

/** A winston logger as applications have it: JSON with a timestamp, to stdout. */
const logger = winston.createLogger({ level: 'info', format, transports: [new winston.transports.Console()] });

/** The one line that is written for each request. */
function logServed(req) {
  logger.info('track served', { trackId: req.params.id, method: req.method });
}

module.exports = { format, logger, logServed, winston };
