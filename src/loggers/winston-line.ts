import { format } from 'node:util';
import type { Context, SpanContext } from '@opentelemetry/api';
import type { RequestScope } from '../context/request-context.js';
import type { Caller } from '../logs/caller.js';
import type { View } from './winston-view.js';

/** Winston's own symbols (package triple-beam); Symbol.for, so every copy of winston has the same. */
export const LEVEL = Symbol.for('level');
const SPLAT = Symbol.for('splat');

/** A line of winston on its way through a logger. */
export type Info = Record<string | symbol, unknown>;

/** What we need of a winston logger. */
export interface WinstonLogger {
  level?: string;
  levels?: Readonly<Record<string, number>>;
  silent?: boolean;
  transports?: readonly { readonly level?: string; readonly silent?: boolean }[];
  push?: (info: unknown) => unknown;
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
export interface WrittenLine {
  readonly logger: WinstonLogger;
  /** The very object that was logged: it may be the application's, and is never changed. */
  readonly info: Info;
  /** Undefined where nobody wants the line: its level is off. */
  readonly stamp: Stamp | undefined;
  /** The logger's stream has taken it up. */
  taken: boolean;
  /** Its record is made. */
  sent: boolean;
  /** What its format made of it, where that has run before the stream took the line up. */
  formatted: Formatted | undefined;
}

/** What a format made of a line before its turn. */
export interface Formatted {
  /** What it gave back, or threw. */
  readonly result: { readonly value: unknown } | { readonly error: unknown };
  /** The logger's format of then. */
  readonly format: WinstonLogger['format'];
  /** What the format was given; undefined for the line itself. */
  readonly view: View | undefined;
}

/** The name of a line's level, as its logger knows it. */
export function readLevel(info: Info): string {
  return String(info[LEVEL] ?? info['level']);
}

/** The error of a line: the line itself, its message, or an argument. */
export function findError(info: Info, message: unknown): unknown {
  if (info instanceof Error) return info;
  const { error, err, exception, [SPLAT]: splat } = info;
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
 */
export function interpolate(info: Info, message: unknown, stamp: Stamp): unknown {
  const splat = info[SPLAT];
  const untouched = typeof message === 'string' && message === stamp.message && message.includes('%');
  return untouched && Array.isArray(splat) && splat.length > 0 ? format(message, ...(splat as unknown[])) : message;
}
