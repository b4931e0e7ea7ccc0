import type { Config } from '../config/config.js';
import { parseLevel, type Level } from '../logs/levels.js';
import { parseLogLevels } from '../logs/quiet.js';
import { configureRedaction } from '../logs/redaction.js';
import { parseNames } from '../redaction/parse-names.js';
import { configureLogging } from '../logs/settings.js';

/**
 * Sets the loggers of `getLogger` and redaction up as the environment says.
 * @returns What is wrong in `BARBOSSA_LOG_LEVELS` and in the lists of redaction, in one line for each variable.
 */
export function configureFromConfig({ general, logging, redaction }: Config): string[] {
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
  const redactProblems = configureRedactionFrom(redaction);
  if (problems.length === 0) return redactProblems;
  return [
    `BARBOSSA_LOG_LEVELS: ${problems.join('; ')}; used instead: the defaults and the other entries`,
    ...redactProblems,
  ];
}

function configureRedactionFrom({ enabled, keys, allowedKeys }: Config['redaction']): string[] {
  const added = parseNames(keys);
  const allowed = parseNames(allowedKeys);
  configureRedaction({ enabled, keys: added.names, allowedKeys: allowed.names });
  return [
    ...(added.problem === undefined ? [] : [`BARBOSSA_REDACT_KEYS ${added.problem}`]),
    ...(allowed.problem === undefined ? [] : [`BARBOSSA_REDACT_ALLOW_KEYS ${allowed.problem}`]),
  ];
}

function toLevel(name: string): Level {
  return parseLevel(name) ?? 'INFO';
}
