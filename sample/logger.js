import { inspect } from 'node:util';
import winston from 'winston';

const { combine, json, simple, timestamp } = winston.format;

const isProduction = [process.env.NODE_ENV, process.env.ENVIRONMENT].includes('production');

/** Neither JSON nor the simple format can show an Error: what it says becomes the line's stack, causes included. */
const unfoldError = winston.format((info) => {
  if (!(info.error instanceof Error)) return info;
  info.stack = inspect(info.error);
  delete info.error;
  return info;
});

const root = winston.createLogger({
  level: process.env.LOG_LEVEL || 'info',
  format: isProduction ? combine(timestamp(), unfoldError(), json()) : combine(unfoldError(), simple()),
  transports: [new winston.transports.Console()],
});

/** The logger of one part of the application. */
export function createLog(name) {
  return root.child({ logger: name });
}
