import { warnOnce, writeGuarded } from '../diagnostics/diag.js';
import { mergeFields, sortArgument, type LogFields } from './arguments.js';
import { captureCaller } from '../logs/caller.js';
import { createEntry } from '../logs/entry.js';
import { readMessage } from '../logs/exception.js';
import { formatJson, formatReadable } from './format.js';
import { LEVEL_SEVERITY, type Level } from '../logs/levels.js';
import { emitEntry, type LogEntry } from '../logs/record.js';
import { getLoggingSettings, type LoggingSettings } from '../logs/settings.js';
import { cutText } from '../logs/text.js';

/**
 * Writes lines to stdout and sends the same records over OTLP. Its methods never throw, take anything, and need no
 * `this`: `task().catch(logger.error)` works. Below the logger's level they cost a comparison.
 */
export interface Logger {
  readonly name: string;
  /** @param fields What belongs to the line, or the Error it tells of; an Error may also be the field `error`. */
  debug(message: unknown, fields?: LogFields | Error): void;
  info(message: unknown, fields?: LogFields | Error): void;
  warning(message: unknown, fields?: LogFields | Error): void;
  error(message: unknown, fields?: LogFields | Error): void;
  /** Logs at ERROR what was thrown, whatever it was; only a plain object is taken for fields. */
  exception(message: unknown, thrown?: unknown): void;
  /** A logger of the same name that adds these fields to each of its lines. */
  bind(fields: LogFields): Logger;
  /** With a text, the logger `<name>.<text>` with the same bound fields; with fields, the same as `bind`. */
  child(suffixOrFields: string | LogFields): Logger;
  /** Whether lines of that level are written. */
  isEnabled(level: Level): boolean;
}

/** Longest name of a logger, in UTF-16 units. */
const MAX_NAME_CHARS = 200;

/**
 * The logger of that name. Names have dots: `BARBOSSA_LOG_LEVELS=library=debug` covers `library.scan`.
 * @throws TypeError where `name` is not a string or is empty.
 */
export function getLogger(name: string): Logger {
  if (typeof name !== 'string' || name === '') throw new TypeError('getLogger: name must be a non-empty string');
  return createLogger(cutText(name, MAX_NAME_CHARS), undefined);
}

/** What the lines of a logger have in common. */
interface Origin {
  readonly name: string;
  readonly bound: LogFields | undefined;
  /** Least severity number that is written, under `settings`. */
  threshold: number;
  settings: LoggingSettings | undefined;
}

function isOpen(origin: Origin, severityNumber: number): boolean {
  const settings = getLoggingSettings();
  if (origin.settings !== settings) {
    origin.settings = settings;
    origin.threshold = settings.findThreshold(origin.name);
  }
  return severityNumber >= origin.threshold;
}

function createLogger(name: string, bound: LogFields | undefined): Logger {
  const origin: Origin = { name, bound, threshold: 0, settings: undefined };
  const createMethod = (level: Level, thrown: boolean): ((message: unknown, argument?: unknown) => void) => {
    const severityNumber = LEVEL_SEVERITY[level];
    const method = (message: unknown, argument?: unknown): void => {
      if (isOpen(origin, severityNumber)) log({ origin, level, message, argument, thrown, method });
    };
    return method;
  };
  const bind: Logger['bind'] = (fields) => createLogger(name, mergeFields(bound, fields));
  return {
    name,
    debug: createMethod('DEBUG', false),
    info: createMethod('INFO', false),
    warning: createMethod('WARNING', false),
    error: createMethod('ERROR', false),
    exception: createMethod('ERROR', true),
    bind,
    child: (suffixOrFields) => {
      if (typeof suffixOrFields !== 'string') return bind(suffixOrFields);
      return createLogger(suffixOrFields === '' ? name : cutText(`${name}.${suffixOrFields}`, MAX_NAME_CHARS), bound);
    },
    isEnabled: (level) => isOpen(origin, LEVEL_SEVERITY[level]),
  };
}

interface LoggerCall {
  readonly origin: Origin;
  readonly level: Level;
  readonly message: unknown;
  readonly argument: unknown;
  /** Whether `argument` is what was thrown. */
  readonly thrown: boolean;
  /** The method that was called: its caller is the line's. */
  readonly method: (message: unknown, argument?: unknown) => void;
}

let logging = false;

/** Never throws. A line that is logged while another is being made, by a getter for instance, is dropped. */
function log(call: LoggerCall): void {
  if (logging) {
    warnOnce('log-within-log', 'a line was logged while another was being written, and was dropped');
    return;
  }
  logging = true;
  try {
    const entry = makeEntry(call);
    writeLine(printEntry(entry));
    emitEntry(entry);
  } catch (error) {
    reportFailure(error);
  } finally {
    logging = false;
  }
}

function makeEntry({ origin, level, message, argument, thrown, method }: LoggerCall): LogEntry {
  const { callerThreshold } = getLoggingSettings();
  const caller = LEVEL_SEVERITY[level] >= callerThreshold ? captureCaller(method) : undefined;
  const { fields, error } = sortArgument(argument, thrown);
  return createEntry({ level, logger: origin.name, message, bound: origin.bound, fields, error, caller });
}

function printEntry(entry: LogEntry): string {
  const { format, color, serviceName } = getLoggingSettings();
  return format === 'json' ? formatJson(entry, serviceName) : formatReadable(entry, { color });
}

function reportFailure(error: unknown): void {
  try {
    warnOnce('log', `a line could not be logged: ${readMessage(error)}`);
  } catch {
    // The stack is exhausted: the application will hear of that itself.
  }
}

/** Writes one line to stdout. Never throws, and a stdout that is closed or full does not end the process. */
export function writeLine(line: string): void {
  try {
    writeGuarded(process.stdout, `${line}\n`);
  } catch (error) {
    warnOnce('stdout', `log lines cannot be written to stdout: ${readMessage(error)}`);
  }
}
