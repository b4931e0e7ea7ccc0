const winston = require('winston');

/** A winston logger as applications have it: JSON with a timestamp, to stdout (which the bench sends to /dev/null). */
const logger = winston.createLogger({
  level: 'info',
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  transports: [new winston.transports.Console()],
});

/** The one line that is written for each request. */
function logServed(req) {
  logger.info('track served', { trackId: req.params.id, method: req.method });
}

module.exports = { logger, logServed };
