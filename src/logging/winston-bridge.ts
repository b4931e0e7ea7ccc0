import { context } from '@opentelemetry/api';
import { describeError, diag, warnOnce } from '../diag.js';
import { emitEntry } from './record.js';
import { redactEntry } from './redaction.js';
import { buildWinstonEntry } from './winston-entry.js';
import { LEVEL, type Info, type Line, type WinstonLogger } from './winston-line.js';
import { isWanted, stampLine } from './winston-stamp.js';
import { WaitingLines } from './winston-waiting.js';

type Method = (this: WinstonLogger, ...args: unknown[]) => unknown;

const PATCHED = Symbol('barbossa-telemetry.patched');
const names = new WeakMap<object, string>();
/** The line that `write` is handing to the logger's stream, which usually takes it at once. */
let written: Line | undefined;
/** The line that `_transform` is at work on: formats give a new object for it as they like. */
let current: Line | undefined;
/** Lines whose stream was full. Weak maps are dear in a garbage collection, so that only these go through one. */
const held = new WeakMap<object, Line[]>();
const waiting = new WaitingLines(sendWaiting);
/** A format is run for a line that waits. What it logs will be logged when the logger runs it. */
let rehearsing = false;
let active = false;
let sending = false;
let ended = false;

/**
 * Turns the bridge on; until then, and after `stopBridge`, winston is as it was: classes may be patched earlier.
 * @param options `send`: whether lines are sent, beside being given their ids.
 */
export function startBridge(options: { readonly send: boolean }): void {
  active = true;
  sending = options.send;
}

/** Turns the bridge off. */
export function stopBridge(): void {
  active = false;
  sending = false;
}

/** Sends the lines that wait in their loggers' streams, before what waits is flushed. Never throws. */
export function sendWaitingLines(): void {
  waiting.sendAll();
}

/** The same when the process ends: from now on no line waits. */
export function endBridge(): void {
  ended = true;
  waiting.end();
}

/**
 * Patches winston's Logger class (`winston/lib/winston/logger.js`), which every logger of that copy of winston has
 * in its prototype chain: those of createLogger, the default logger, children, those in containers, those that
 * exist already.
 *
 * `write` notes when and in which request a line is written and adds the ids to it, so that the application's own
 * transports print them. `push`, which is where a line leaves the logger's format, sends it: formats that filter,
 * interpolate or scrub have their say, and each line goes out once, however many transports there are.
 */
export function patchWinstonLogger(exports: unknown): unknown {
  if (typeof exports !== 'function') return exports;
  const prototype = exports.prototype as Record<string, Method> & { [PATCHED]?: boolean };
  const { write, push, _transform: transform } = prototype;
  if (prototype[PATCHED] === true || write === undefined || push === undefined || transform === undefined) {
    return exports;
  }
  Object.defineProperty(prototype, PATCHED, { value: true });
  prototype['write'] = function writeStamped(...args) {
    if (rehearsing) return true;
    const [info] = args;
    const line = active && isObject(info) ? stampLine(this, info) : undefined;
    if (line === undefined) return write.apply(this, args);
    const outer = written;
    written = line;
    try {
      return write.apply(this, args);
    } finally {
      written = outer;
      // The logger's stream is full: the line passes through it later.
      if (!line.taken) hold(line);
    }
  };
  prototype['_transform'] = function transformStamped(...args) {
    const outer = current;
    // Also where there is none: this line may be at its turn within the one before it.
    current = isObject(args[0]) ? takeLine(args[0]) : undefined;
    try {
      return transform.apply(this, args);
    } finally {
      current = outer;
    }
  };
  prototype['push'] = function pushObserved(...args) {
    if (current?.logger === this && isObject(args[0])) sendLine(current, args[0]);
    return push.apply(this, args);
  };
  return exports;
}

/** Patches winston's Container, whose loggers have names: `winston.loggers.get('library')`. */
export function patchWinstonContainer(exports: unknown): unknown {
  if (typeof exports !== 'function') return exports;
  const prototype = exports.prototype as Record<string, Method> & { [PATCHED]?: boolean };
  const { add } = prototype;
  if (prototype[PATCHED] === true || add === undefined) return exports;
  Object.defineProperty(prototype, PATCHED, { value: true });
  prototype['add'] = function addNamed(...args) {
    const logger = add.apply(this, args);
    if (isObject(logger) && typeof args[0] === 'string') names.set(logger, args[0]);
    return logger;
  };
  return exports;
}

function takeLine(info: Info): Line | undefined {
  // An object that is logged again while it waits is two lines.
  const line = written?.info === info && !written.taken ? written : held.get(info)?.shift();
  if (line !== undefined) line.taken = true;
  return line;
}

function hold(line: Line): void {
  const lines = held.get(line.info);
  if (lines === undefined) held.set(line.info, [line]);
  else lines.push(line);
  if (sending) waiting.add(line);
}

/** @param info The line as it left its logger's format. */
function sendLine(line: Line, info: Info): void {
  if (!sending || line.sent) return;
  line.sent = true;
  try {
    const { logger, stamp } = line;
    if (info[LEVEL] !== stamp.level && !isWanted(logger, info)) return;
    const entry = buildWinstonEntry({ info, stamp, levels: logger.levels, loggerName: findName(logger, info) });
    emitEntry(redactEntry(entry));
  } catch (error) {
    warnOnce('winston-send', `a log line could not be sent: ${describeError(error)}`);
  }
}

/** Sends a line before its logger's stream takes it up: the logger's format has its say, on a copy. */
function sendWaiting(line: Line): void {
  const { info, logger, stamp } = line;
  if (logger.silent === true) return;
  const outer = rehearsing;
  rehearsing = !ended;
  try {
    const copy = Object.create(Object.getPrototypeOf(info) as object, Object.getOwnPropertyDescriptors(info)) as Info;
    const formatted = context.with(stamp.context, () => logger.format?.transform(copy, logger.format.options));
    if (isObject(formatted)) sendLine(line, formatted);
  } catch (error) {
    // Winston will throw it into the application when the line's turn comes.
    diag.debug(`the format of a log line failed: ${describeError(error)}`);
  } finally {
    rehearsing = outer;
  }
}

/** A logger's name in its container, or what the line says; winston itself gives loggers no names. */
function findName(logger: WinstonLogger, info: Info): string {
  const { logger: named, label } = info;
  if (typeof named === 'string' && named !== '') return named;
  if (typeof label === 'string' && label !== '') return label;
  return names.get(logger) ?? 'winston';
}

function isObject(value: unknown): value is Info {
  return typeof value === 'object' && value !== null;
}
