import type { TaskState } from '../record-task.js';

/** Longest message that is read, in UTF-16 code units. Workers send some dozens of events at once, with tracebacks. */
const MAX_MESSAGE_CHARS = 4_194_304;
/** Most events that are read of one message. */
const MAX_EVENTS = 10_000;

/** An event as a worker sent it: what is in it is to be looked at with care. */
export type RawEvent = Readonly<Record<string, unknown>>;

/** The events of a message, or why it cannot be read. */
export type ReadMessage = { readonly events: readonly RawEvent[] } | { readonly problem: string };

/**
 * Reads a message of kombu's on Redis: JSON with a `body` in base64, which is one event, or a list of them. Never throws.
 * (https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.transport.redis.html)
 */
export function readMessage(message: unknown): ReadMessage {
  if (typeof message !== 'string') return { problem: 'it is no text' };
  if (message.length > MAX_MESSAGE_CHARS) return { problem: `it is longer than ${MAX_MESSAGE_CHARS} characters` };
  const envelope = parseObject(message);
  if (envelope === undefined) return { problem: 'it is no message of kombu' };
  const type = envelope['content-type'];
  if (type !== 'application/json') {
    return { problem: `its serializer is ${show(type)}; Celery's event_serializer must be json, its default` };
  }
  const compression = asObject(envelope['headers'])?.['compression'];
  if (compression !== undefined && compression !== null) return { problem: `it is compressed by ${show(compression)}` };
  const body = decodeBody(envelope);
  if (body === undefined) return { problem: 'its body is not JSON in base64' };
  const list: readonly unknown[] = Array.isArray(body) ? body.slice(0, MAX_EVENTS) : [body];
  return { events: list.filter((event): event is RawEvent => asObject(event) !== undefined) };
}

function decodeBody(envelope: RawEvent): unknown {
  const { body } = envelope as { readonly body?: unknown };
  const encoding = asObject(envelope['properties'])?.['body_encoding'];
  if (typeof body !== 'string') return undefined;
  return parse(encoding === 'base64' ? Buffer.from(body, 'base64').toString() : body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else's message, or a cut one: the caller counts it.
    return undefined;
  }
}

function parseObject(text: string): RawEvent | undefined {
  return asObject(parse(text));
}

function asObject(value: unknown): RawEvent | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RawEvent) : undefined;
}

const MAX_SHOWN_CHARS = 60;

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, MAX_SHOWN_CHARS)) : `of type ${typeof value}`;
}

/** The types of events with which a task, or an attempt of it, ends. */
export const ENDINGS: ReadonlyMap<unknown, TaskState> = new Map([
  ['task-succeeded', 'success'],
  ['task-failed', 'failure'],
  ['task-retried', 'retry'],
  ['task-revoked', 'revoked'],
  ['task-rejected', 'rejected'],
]);

/** Types of events that have a series of their own. */
const KNOWN_TYPES: ReadonlySet<unknown> = new Set([
  ...ENDINGS.keys(),
  ...['sent', 'received', 'started'].map((word) => `task-${word}`),
  ...['online', 'heartbeat', 'offline'].map((word) => `worker-${word}`),
]);

/** The type of an event, as a label. */
export function nameEventType({ type }: RawEvent): string {
  return KNOWN_TYPES.has(type) ? (type as string) : 'other';
}

/** Longest traceback whose end is looked at, in UTF-16 code units. */
const MAX_TRACEBACK_CHARS = 200_000;

const NAME = String.raw`(?:[\p{L}_][\p{L}\p{N}_]*\.)*([\p{L}_][\p{L}\p{N}_]{0,119})`;
/** `RatsAboard(3)`; what a class of its own makes of it may be anything, `<RatsAboard: 3>` for instance. */
const REPR = new RegExp(`^(?:${NAME}(?=\\()|<${NAME}(?=[: >]))`, 'u');
/** `library.errors.RatsAboard: 3`, at the end of a traceback. */
const LAST_LINE = new RegExp(`^${NAME}(?=:|\\s*$)`, 'u');
/** What stands for an exception that could not be pickled, or has been unpickled: not its class. */
const WRAPPERS = new Set(['ExceptionWithTraceback', 'UnpickleableExceptionWrapper']);

/**
 * The class, without its module, of what a task failed with: by the event's `exception`, which is Python's `repr` of it, else by
 * its `traceback`. Undefined where neither says. Never throws.
 */
export function readExceptionClass(exception: unknown, traceback: unknown): string | undefined {
  const [, plain, angled] = typeof exception === 'string' ? (REPR.exec(exception.slice(0, 1_000)) ?? []) : [];
  const own = plain ?? angled;
  if (own !== undefined && !WRAPPERS.has(own)) return own;
  return (typeof traceback === 'string' ? readTraceback(traceback) : undefined) ?? own;
}

/** The first line that is not indented after the last frame; the message may have more lines. */
function readTraceback(traceback: string): string | undefined {
  const end = traceback.slice(-MAX_TRACEBACK_CHARS);
  const lines = end.slice(end.lastIndexOf('\n  File "') + 1).split('\n');
  const last = lines.find((line) => line !== '' && !line.startsWith(' '));
  return last === undefined ? undefined : LAST_LINE.exec(last.slice(0, 1_000))?.[1];
}
