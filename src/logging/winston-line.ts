import { format } from 'node:util';
import type { Context, SpanContext } from '@opentelemetry/api';
import type { RequestScope } from '../request-context.js';
import type { Caller } from './caller.js';

/** Winston's own symbols (package triple-beam); Symbol.for, so every copy of winston has the same. */
export const LEVEL = Symbol.for('level');
export const SPLAT = Symbol.for('splat');

/** A line of winston on its way through a logger. */
export type Info = Record<string | symbol, unknown>;

/** What we need of a winston logger. */
export interface WinstonLogger {
  level?: string;
  levels?: Readonly<Record<string, number>>;
  silent?: boolean;
  transports?: readonly { readonly level?: string; readonly silent?: boolean }[];
  format?: { readonly transform: (info: Info, options?: unknown) => unknown; readonly options?: unknown };
}

/** What was true when the line was written; it may pass through the logger later, when its stream was full. */
export interface Stamp {
  readonly id: string;
  readonly timeMs: number;
  readonly context: Context;
  readonly spanContext: SpanContext | undefined;
  readonly request: RequestScope | undefined;
  /** The level's name: formats color it, rename it, or leave it out. */
  readonly level: string;
  /** The message before any format has touched it. */
  readonly message: unknown;
  readonly error: unknown;
  /** Where it was written, for the levels that look that up. */
  readonly caller: Caller | undefined;
}

/** A line between its `write` and the end of its logger's format. */
export interface Line {
  readonly logger: WinstonLogger;
  readonly info: Info;
  readonly stamp: Stamp;
  /** The logger's stream has taken it up. */
  taken: boolean;
  /** Its record is made. */
  sent: boolean;
}

/** The name of a line's level, as its logger knows it. */
export function readLevel(info: Info): string {
  return String(info[LEVEL] ?? info['level']);
}

/** The error of a line: the line itself, its message, or an argument. */
export function findError(info: Info): unknown {
  if (info instanceof Error) return info;
  const { message, error, err, exception, [SPLAT]: splat } = info;
  if (message instanceof Error) return message;
  if (Array.isArray(splat)) {
    for (const value of splat as unknown[]) if (value instanceof Error) return value;
  }
  if (error instanceof Error) return error;
  if (err instanceof Error) return err;
  return exception instanceof Error ? exception : undefined;
}

/**
 * The message as a person should read it: with the arguments in their places where no format has put them there.
 * A format that gives the line another shape, as logstash's does, may have left no message in it.
 */
export function interpolate(info: Info, stamp: Stamp): unknown {
  const message = 'message' in info ? info['message'] : stamp.message;
  const splat = info[SPLAT];
  const untouched = typeof message === 'string' && message === stamp.message && message.includes('%');
  return untouched && Array.isArray(splat) && splat.length > 0 ? format(message, ...(splat as unknown[])) : message;
}
