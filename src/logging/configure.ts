import type { Config } from '../config.js';
import { parseLevel, type Level } from './levels.js';
import { parseLogLevels } from './quiet.js';
import { configureLogging } from './settings.js';

/**
 * Sets the loggers of `getLogger` up as the environment says.
 * @returns What is wrong in `BARBOSSA_LOG_LEVELS`, a line each.
 */
export function configureFromConfig({ general, logging }: Config): string[] {
  const { levels, problems } = parseLogLevels(logging.levels);
  configureLogging({
    format: logging.production ? 'json' : 'readable',
    // What https://no-color.org asks for; a pipe and a file get none in any case.
    color: process.stdout.isTTY && logging.noColor === undefined,
    level: toLevel(logging.level),
    levels,
    callerLevel: logging.callerLevel === 'off' ? 'off' : toLevel(logging.callerLevel),
    serviceName: general.serviceName,
  });
  return problems.map((problem) => `BARBOSSA_LOG_LEVELS: ${problem}`);
}

function toLevel(name: string): Level {
  return parseLevel(name) ?? 'INFO';
}
