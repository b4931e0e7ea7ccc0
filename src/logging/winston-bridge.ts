import { randomUUID } from 'node:crypto';
import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { describeError, warnOnce } from '../diag.js';
import { getRequestScope } from '../request-context.js';
import { captureCallerOutside, type Caller } from './caller.js';
import { toSeverity } from './levels.js';
import { emitEntry } from './record.js';
import { redactEntry } from './redaction.js';
import { getLoggingSettings } from './settings.js';
import { buildWinstonEntry } from './winston-entry.js';
import { findError, LEVEL, SPLAT, type Info, type Stamp, type WinstonLogger } from './winston-line.js';

type Method = (this: WinstonLogger, ...args: unknown[]) => unknown;

const PATCHED = Symbol('barbossa-telemetry.patched');
const names = new WeakMap<object, string>();
/** The line that `write` is handing to the logger's stream, which usually takes it at once. */
let written: { readonly info: Info; readonly stamp: Stamp; taken: boolean } | undefined;
/** Lines whose stream was full. Weak maps are dear in a garbage collection, so that only these go through one. */
const waiting = new WeakMap<object, Stamp>();
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

/** The line that `_transform` is at work on: formats give a new object for it as they like. */
let current: { readonly logger: WinstonLogger; readonly stamp: Stamp } | undefined;

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
    const [info] = args;
    const stamp = active && isObject(info) ? stampInfo(this, info) : undefined;
    if (stamp === undefined) return write.apply(this, args);
    const outer = written;
    const mine = { info: info as Info, stamp, taken: false };
    written = mine;
    try {
      return write.apply(this, args);
    } finally {
      written = outer;
      // The logger's stream is full: the line passes through it later.
      if (!mine.taken) waiting.set(mine.info, stamp);
    }
  };
  prototype['_transform'] = function transformStamped(...args) {
    const stamp = isObject(args[0]) ? takeStamp(args[0]) : undefined;
    if (stamp === undefined) return transform.apply(this, args);
    const outer = current;
    current = { logger: this, stamp };
    try {
      return transform.apply(this, args);
    } finally {
      current = outer;
    }
  };
  prototype['push'] = function pushObserved(...args) {
    if (sending && current?.logger === this && isObject(args[0])) sendInfo(this, args[0], current.stamp);
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

function takeStamp(info: Info): Stamp | undefined {
  if (written?.info !== info) return waiting.get(info);
  written.taken = true;
  return written.stamp;
}

function stampInfo(logger: WinstonLogger, info: Info): Stamp | undefined {
  try {
    // A level that is off costs a comparison.
    if (logger.silent === true || !isWanted(logger, info)) return undefined;
    const here = context.active();
    const spanContext = trace.getSpanContext(here);
    const request = getRequestScope(here);
    const valid = spanContext !== undefined && isSpanContextValid(spanContext);
    const stamp: Stamp = {
      id: randomUUID(),
      timeMs: Date.now(),
      context: here,
      spanContext: valid ? spanContext : undefined,
      request,
      message: info['message'],
      error: findError(info),
      caller: findCaller(logger, info),
    };
    addIds(info, {
      ...(valid ? { trace_id: spanContext.traceId, span_id: spanContext.spanId } : undefined),
      ...(request === undefined ? undefined : { request_id: request.requestId }),
    });
    return stamp;
  } catch (error) {
    warnOnce('winston-stamp', `a log line could not be given its ids: ${describeError(error)}`);
    return undefined;
  }
}

/** Frames of winston itself, of what it is made of, and of us stand between the application and here. */
const WINSTON_FRAMES = ['/node_modules/winston/', '/node_modules/winston-transport/', '/node_modules/readable-stream/'];

function findCaller({ levels }: WinstonLogger, info: Info): Caller | undefined {
  const { severityNumber } = toSeverity(String(info[LEVEL] ?? info['level']), levels);
  return severityNumber >= getLoggingSettings().callerThreshold
    ? captureCallerOutside(findCaller, WINSTON_FRAMES)
    : undefined;
}

type Ids = Readonly<Record<string, string>>;
/** Property of a line that an application may log again: the ids that we added, which are then renewed. */
const ADDED = Symbol('barbossa-telemetry.added');

function addIds(info: Info & { [ADDED]?: Ids }, ids: Ids): void {
  const earlier = info[ADDED];
  for (const name of ID_FIELDS) {
    // A field that the application has set itself is the application's.
    if (info[name] !== undefined && (earlier === undefined || earlier[name] !== info[name])) continue;
    const value = ids[name];
    if (value !== undefined) info[name] = value;
    else if (earlier !== undefined) delete info[name];
  }
  // Winston makes a new object where it was given arguments; one without may be the application's own.
  if (info[SPLAT] === undefined) Object.defineProperty(info, ADDED, { value: ids, writable: true, configurable: true });
}

const ID_FIELDS = ['trace_id', 'span_id', 'request_id'] as const;

function isWanted(logger: WinstonLogger, info: Info): boolean {
  if (isEnabled(logger, info)) return true;
  // A transport with a level of its own may print what the logger's level keeps out.
  return logger.transports?.some((transport) => transport.level !== undefined) === true;
}

/** Whether the logger's own level lets the line through. A level nobody knows is let through, as winston does. */
function isEnabled({ levels, level }: WinstonLogger, info: Info): boolean {
  const threshold = levels?.[level ?? ''];
  const rank = levels?.[String(info[LEVEL] ?? info['level'])];
  return threshold === undefined || rank === undefined || rank <= threshold;
}

function sendInfo(logger: WinstonLogger, info: Info, stamp: Stamp): void {
  try {
    if (!isEnabled(logger, info)) return;
    const entry = buildWinstonEntry({ info, stamp, levels: logger.levels, loggerName: findName(logger, info) });
    emitEntry(redactEntry(entry));
  } catch (error) {
    warnOnce('winston-send', `a log line could not be sent: ${describeError(error)}`);
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
