import { context } from '@opentelemetry/api';
import { describeError, diag, warnOnce } from '../diagnostics/diag.js';
import type { ReportMissing } from '../hooks/followed.js';
import { alike, type Method } from '../hooks/method.js';
import { markPatched } from '../hooks/patched.js';
import { takeLine } from '../logs/take-line.js';
import { buildWinstonEntry } from './winston-entry.js';
import { LEVEL, type Formatted, type Info, type WrittenLine, type WinstonLogger } from './winston-line.js';
import { isWanted, readIds, stampLine } from './winston-stamp.js';
import { createView, lendIds, type View } from './winston-view.js';
import { WaitingLines } from './winston-waiting.js';

const names = new WeakMap<object, string>();
/** The line that `write` is handing to the logger's stream, which usually takes it up at once. */
let written: WrittenLine | undefined;
/** The line that `_transform` is at work on: formats give a new object for it as they like. */
let current: WrittenLine | undefined;
/** Lines whose stream was full. Weak maps are dear in a garbage collection, so that only these go through one. */
const held = new WeakMap<object, WrittenLine[]>();
const waiting = new WaitingLines(formatWaiting);
let active = false;
let sending = false;

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

/** Formats and sends the lines that wait in their loggers' streams, before records are flushed. Never throws. */
export function sendWaitingLines(): void {
  waiting.sendAll();
}

/** The same when the process ends: from now on no line waits. */
export function endBridge(): void {
  waiting.end();
}

/**
 * Patches winston's Logger class (`winston/lib/winston/logger.js`), which every logger of that copy of winston has
 * in its prototype chain: those of createLogger, the default logger, children, those in containers, those that
 * exist already.
 *
 * `write` notes when and in which request a line is written. `_transform` hands the logger's format a view of it with
 * the ids, so that the application's own transports print them. `push`, which is where a line leaves the format, sends
 * it: formats that filter, interpolate or scrub have their say, and each line goes out once, however many transports
 * there are.
 */
export function patchWinstonLogger(exports: unknown, reportMissing: ReportMissing = () => {}): unknown {
  if (typeof exports !== 'function') {
    reportMissing('Logger class');
    return exports;
  }
  const prototype = exports.prototype as Record<string, Method<WinstonLogger>>;
  const { write, push, _transform: transform } = prototype;
  if (write === undefined || push === undefined || transform === undefined) {
    reportMissing('write, push and _transform');
    return exports;
  }
  if (markPatched(prototype)) return exports;
  // Assigned, and so as enumerable as the inherited ones: `for (const name in logger)` has to find them.
  prototype['write'] = alike(write, function writeNoted(this: WinstonLogger, ...args) {
    const [info] = args;
    if (!active || !isObject(info)) return write.apply(this, args);
    const stamp = stampLine(this, info);
    const line: WrittenLine = { logger: this, info, stamp, taken: false, sent: false, formatted: undefined };
    const outer = written;
    written = line;
    try {
      return write.apply(this, args);
    } finally {
      written = outer;
      // The logger's stream is full: the line passes through it later.
      if (!line.taken) hold(line);
    }
  });
  prototype['_transform'] = alike(transform, function transformNoted(this: WinstonLogger, ...args) {
    const outer = current;
    // Also where there is none: this line may be at its turn within the one before it.
    current = isObject(args[0]) ? claimLine(this, args[0]) : undefined;
    if (current !== undefined) dropOutdated(current);
    const formatted = current?.formatted;
    const view = current === undefined ? undefined : viewAtTurn(current);
    try {
      if (view !== undefined && formatted === undefined) args[0] = view.shown;
      return transform.apply(formatted === undefined ? this : standIn(current as WrittenLine, formatted), args);
    } finally {
      view?.giveBack();
      current = outer;
    }
  });
  prototype['push'] = alike(push, function pushObserved(this: WinstonLogger, ...args) {
    if (current?.logger === this && isObject(args[0])) sendLine(current, args[0]);
    return push.apply(this, args);
  });
  return exports;
}

/** Patches winston's Container, whose loggers have names: `winston.loggers.get('library')`. */
export function patchWinstonContainer(exports: unknown, reportMissing: ReportMissing = () => {}): unknown {
  if (typeof exports !== 'function') {
    reportMissing('Container class');
    return exports;
  }
  const prototype = exports.prototype as Record<string, Method<WinstonLogger>>;
  const { add } = prototype;
  if (add === undefined) {
    reportMissing('add');
    return exports;
  }
  if (markPatched(prototype)) return exports;
  prototype['add'] = alike(add, function addNamed(this: WinstonLogger, ...args) {
    const logger = add.apply(this, args);
    if (isObject(logger) && typeof args[0] === 'string') names.set(logger, args[0]);
    return logger;
  });
  return exports;
}

function claimLine(logger: WinstonLogger, info: Info): WrittenLine | undefined {
  const line = written?.info === info && written.logger === logger && !written.taken ? written : findHeld(logger, info);
  if (line !== undefined) line.taken = true;
  return line;
}

/** An object that is logged again while it waits, or by two loggers, is two lines. */
function findHeld(logger: WinstonLogger, info: Info): WrittenLine | undefined {
  const lines = held.get(info);
  const at = lines?.findIndex((line) => line.logger === logger) ?? -1;
  return at < 0 ? undefined : lines?.splice(at, 1)[0];
}

/** Undefined where a line is to be seen as it is: outside of a request, and where it cannot be read. */
function viewLine({ info, stamp }: WrittenLine): View | undefined {
  const ids = stamp === undefined ? undefined : readIds(stamp);
  return ids === undefined ? undefined : tryView(() => lendIds(info, ids) ?? createView(info, ids));
}

/** The same before the line's turn: a copy outside of a request too, so that the line itself is as it was until then. */
function viewEarly(line: WrittenLine): View | undefined {
  return viewLine(line) ?? tryView(() => lendIds(line.info, {}) ?? createView(line.info, {}));
}

function tryView(make: () => View): View | undefined {
  try {
    return make();
  } catch (error) {
    // A Proxy that refuses to be listed.
    diag.debug(`a log line could not be given its ids: ${describeError(error)}`);
    return undefined;
  }
}

/** What a format made of a line before its turn does not count where the logger has another format now, or the line has changed. */
function dropOutdated(line: WrittenLine): void {
  const { formatted, logger } = line;
  if (formatted === undefined) return;
  if (formatted.format !== logger.format || formatted.view?.isCurrent() === false) line.formatted = undefined;
}

/** What has been formatted keeps the view that it had then. The line itself, if it was that, has its ids for the transports. */
function viewAtTurn(line: WrittenLine): View | undefined {
  const view = line.formatted?.view;
  if (view === undefined || view.shown === line.info) return viewLine(line);
  if (hasIds(line)) return view;
  view.giveBack();
  return undefined;
}

function hasIds({ stamp }: WrittenLine): boolean {
  return stamp !== undefined && readIds(stamp) !== undefined;
}

/** The logger for a line whose format has run: winston itself does with the line all that it does with others. */
function standIn(line: WrittenLine, { result, view }: Formatted): WinstonLogger {
  const { logger, info: own } = line;
  const transform = (): unknown => {
    if ('error' in result) throw result.error;
    // Outside of a request the copy has had its use.
    return result.value === view?.shown && !hasIds(line) ? own : result.value;
  };
  return Object.create(logger, {
    format: { value: { transform } },
    push: { value: (info: unknown) => logger.push?.(info) },
  }) as WinstonLogger;
}

function hold(line: WrittenLine): void {
  const lines = held.get(line.info);
  if (lines === undefined) held.set(line.info, [line]);
  else lines.push(line);
  if (sending) waiting.add(line);
}

/** @param info The line as it left its logger's format. */
function sendLine(line: WrittenLine, info: Info): void {
  const { logger, stamp } = line;
  if (!sending || line.sent || stamp === undefined) return;
  line.sent = true;
  try {
    if (info[LEVEL] !== stamp.level && !isWanted(logger, info)) return;
    const entry = buildWinstonEntry({ info, stamp, levels: logger.levels, loggerName: findName(logger, info) });
    takeLine(entry);
  } catch (error) {
    warnOnce('winston-send', `a log line could not be sent: ${describeError(error)}`);
  }
}

/**
 * Runs the format of a line before its logger's stream takes the line up, and sends what it made. The stream gets the
 * same at the line's turn: a format runs once for each line, in the order in which the lines were written.
 */
function formatWaiting(line: WrittenLine): void {
  const { logger, info, stamp } = line;
  if (logger.silent === true || line.taken || line.formatted !== undefined) return;
  const { format } = logger;
  const view = viewEarly(line);
  const shown = view?.shown ?? info;
  try {
    shown[LEVEL] ??= shown['level'];
    const run = (): unknown => format?.transform(shown, format.options);
    const value = stamp === undefined ? run() : context.with(stamp.context, run);
    line.formatted = { result: { value }, format, view };
    if (isObject(value)) sendLine(line, value);
  } catch (error) {
    // Winston will throw it into the application when the line's turn comes.
    line.formatted = { result: { error }, format, view };
  } finally {
    if (shown === info) view?.giveBack();
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
