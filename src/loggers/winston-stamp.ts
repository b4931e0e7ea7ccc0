import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { describeError, warnOnce } from '../diagnostics/diag.js';
import { getRequestScope } from '../context/request-context.js';
import { captureCallerOutside, type Caller } from '../logs/caller.js';
import { toSeverity } from '../logs/levels.js';
import { createRecordId } from '../logs/record-id.js';
import { getLoggingSettings } from '../logs/settings.js';
import { findError, readLevel, type Info, type Stamp, type WinstonLogger } from './winston-line.js';
import type { Ids } from './winston-ids.js';

/**
 * Notes when and in which request a line is written. Undefined for a line that nobody wants: its level is off, which
 * costs a comparison. Never throws.
 */
export function stampLine(logger: WinstonLogger, info: Info): Stamp | undefined {
  try {
    if (logger.silent === true || !isWanted(logger, info)) return undefined;
    const here = context.active();
    const spanContext = trace.getSpanContext(here);
    const request = getRequestScope(here);
    const message = info['message'];
    const valid = spanContext !== undefined && isSpanContextValid(spanContext);
    return {
      id: createRecordId(),
      timeMs: Date.now(),
      context: here,
      spanContext: valid ? spanContext : undefined,
      request,
      level: readLevel(info),
      message,
      error: findError(info, message),
      caller: findCaller(logger, info),
    };
  } catch (error) {
    warnOnce('winston-stamp', `a log line could not be noted: ${describeError(error)}`);
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

/** The ids that the application's own formats and transports get with a line; undefined outside of a request. */
export function readIds({ spanContext, request }: Stamp): Ids | undefined {
  if (spanContext === undefined && request === undefined) return undefined;
  const ids: Record<string, string> = {};
  if (spanContext !== undefined) {
    ids['trace_id'] = spanContext.traceId;
    ids['span_id'] = spanContext.spanId;
  }
  if (request !== undefined) ids['request_id'] = request.requestId;
  return ids;
}

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
