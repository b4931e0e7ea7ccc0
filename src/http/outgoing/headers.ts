import { http } from '../../node/http.js';
import { propagation, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';

/** Gives the value of a header that the application has set, by its lower-case name. */
export type ReadHeader = (name: string) => string | undefined;

/**
 * The headers that a request is to carry for its context, each in place of one of the same name. None of them goes out
 * twice, and what the application says of a trace is respected:
 * - A `traceparent` of another trace than the active one stays, and all that belongs to it. One of the same trace is
 *   what came in and is passed on: ours takes its place, so that what is called hangs under this service.
 * - A `baggage` stays.
 */
export function chooseHeaders(active: Context, readHeader: ReadHeader): Readonly<Record<string, string>> {
  const ours = inject(active);
  const theirs: Record<string, string> = {};
  for (const name of new Set([...propagation.fields(), ...Object.keys(ours)])) {
    const value = readHeader(name.toLowerCase());
    if (value !== undefined) theirs[name] = value;
  }
  if (Object.keys(theirs).length === 0) return ours;
  const { baggage, ...others } = ours;
  const kept = namesAnotherTrace(active, theirs) ? {} : others;
  return baggage === undefined || theirs['baggage'] !== undefined ? kept : { ...kept, baggage };
}

function inject(active: Context): Record<string, string> {
  const made: Record<string, string> = {};
  propagation.inject(active, made);
  // What the application puts into its baggage may be more than a header can be.
  return Object.fromEntries(Object.entries(made).filter(([name, value]) => isHeaderValue(name, value)));
}

function isHeaderValue(name: string, value: string): boolean {
  try {
    http.validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function namesAnotherTrace(active: Context, headers: Readonly<Record<string, string>>): boolean {
  const theirs = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers));
  return theirs !== undefined && theirs.traceId !== trace.getSpanContext(active)?.traceId;
}

const LINE_END = '\r\n';

/** The head of a message as it is sent: lines of names and values, the first of them something else. */
export class HeaderText {
  readonly #lines: string[];

  /** @param text With or without the empty line at its end, which is kept. */
  constructor(text: string) {
    this.#lines = text.split(LINE_END);
  }

  /** The value of the first header of a name, in lower case. */
  readonly read = (name: string): string | undefined => {
    const line = this.#lines.find((each) => isOf(each, name));
    return line?.slice(name.length + 1).trim();
  };

  /** Makes `value` the only one of its name: in the place of the first one, else behind all others. */
  set(name: string, value: string): void {
    const at = this.#lines.findIndex((line) => isOf(line, name));
    const added = `${name}: ${value}`;
    if (at < 0) return void this.#lines.splice(this.#countHeaders(), 0, added);
    this.#lines[at] = added;
    for (let index = this.#lines.length - 1; index > at; index -= 1) {
      if (isOf(this.#lines[index] ?? '', name)) this.#lines.splice(index, 1);
    }
  }

  #countHeaders(): number {
    const end = this.#lines.indexOf('');
    return end < 0 ? this.#lines.length : end;
  }

  toString(): string {
    return this.#lines.join(LINE_END);
  }
}

function isOf(line: string, name: string): boolean {
  return line[name.length] === ':' && line.slice(0, name.length).toLowerCase() === name.toLowerCase();
}
