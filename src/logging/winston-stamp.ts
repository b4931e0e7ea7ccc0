import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { describeError, warnOnce } from '../diag.js';
import { getRequestScope } from '../request-context.js';
import { captureCallerOutside, type Caller } from './caller.js';
import { toSeverity } from './levels.js';
import { createRecordId } from './record-id.js';
import { getLoggingSettings } from './settings.js';
import { findError, readLevel, SPLAT, type Info, type Line, type Stamp, type WinstonLogger } from './winston-line.js';

/**
 * Notes when and in which request a line is written, and adds the ids to it. Undefined for a line that nobody wants:
 * its level is off, which costs a comparison. Never throws.
 */
export function stampLine(logger: WinstonLogger, info: Info): Line | undefined {
  try {
    if (logger.silent === true || !isWanted(logger, info)) return undefined;
    const here = context.active();
    const spanContext = trace.getSpanContext(here);
    const request = getRequestScope(here);
    const valid = spanContext !== undefined && isSpanContextValid(spanContext);
    const stamp = {
      id: createRecordId(),
      timeMs: Date.now(),
      context: here,
      spanContext: valid ? spanContext : undefined,
      request,
      level: readLevel(info),
      message: info['message'],
      error: findError(info),
      caller: findCaller(logger, info),
    };
    addIds(info, valid || request !== undefined ? readIds(stamp) : undefined);
    return { logger, info, stamp, taken: false, sent: false };
  } catch (error) {
    warnOnce('winston-stamp', `a log line could not be given its ids: ${describeError(error)}`);
    return undefined;
  }
}

/** Frames of winston itself, of what it is made of, and of us stand between the application and here. */
const WINSTON_FRAMES = ['/node_modules/winston/', '/node_modules/winston-transport/', '/node_modules/readable-stream/'];

function findCaller({ levels }: WinstonLogger, info: Info): Caller | undefined {
  const { severityNumber } = toSeverity(readLevel(info), levels);
  return severityNumber >= getLoggingSettings().callerThreshold
    ? captureCallerOutside(findCaller, WINSTON_FRAMES)
    : undefined;
}

type Ids = Readonly<Record<string, string>>;
/** Property of a line that an application may log again: the ids that we added, which are then renewed. */
const ADDED = Symbol('barbossa-telemetry.added');

function readIds({ spanContext, request }: Stamp): Ids {
  return {
    ...(spanContext === undefined ? undefined : { trace_id: spanContext.traceId, span_id: spanContext.spanId }),
    ...(request === undefined ? undefined : { request_id: request.requestId }),
  };
}

/** @param ids Undefined outside of a request. */
function addIds(info: Info & { [ADDED]?: Ids }, ids: Ids | undefined): void {
  const earlier = info[ADDED];
  if (ids === undefined && earlier === undefined) return;
  for (const name of ID_FIELDS) {
    // A field that the application has set itself is the application's.
    if (info[name] !== undefined && (earlier === undefined || earlier[name] !== info[name])) continue;
    const value = ids?.[name];
    if (value !== undefined) info[name] = value;
    else if (earlier !== undefined) delete info[name];
  }
  // Winston makes a new object where it was given arguments; one without may be the application's own.
  if (info[SPLAT] === undefined) {
    Object.defineProperty(info, ADDED, { value: ids ?? {}, writable: true, configurable: true });
  }
}

const ID_FIELDS = ['trace_id', 'span_id', 'request_id'] as const;

/**
 * Whether the logger's own level lets the line through, or a transport with a level of its own prints what the
 * logger's level keeps out. A level that nobody knows is let through, as winston does.
 */
export function isWanted(logger: WinstonLogger, info: Info): boolean {
  const { levels, level } = logger;
  const rank = levels?.[readLevel(info)];
  if (rank === undefined || isWithin(levels?.[level ?? ''], rank)) return true;
  return (
    logger.transports?.some(
      (transport) =>
        transport.level !== undefined && transport.silent !== true && isWithin(levels?.[transport.level], rank),
    ) === true
  );
}

function isWithin(threshold: number | undefined, rank: number): boolean {
  return threshold === undefined || rank <= threshold;
}
