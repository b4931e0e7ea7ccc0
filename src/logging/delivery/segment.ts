/** Records below WARNING go to `low`, which is given up first when every bound is reached. */
export type Lane = 'high' | 'low';

/** A record and the scope that it came from, both as OTLP JSON. */
export interface Line {
  readonly scope: string;
  readonly record: string;
}

/**
 * Some records that are sent, stored and acknowledged together. In memory, on disk, or both:
 * `lines` is undefined once they are only on disk.
 */
export interface Segment {
  readonly lane: Lane;
  /** The resource that the records belong to, as OTLP JSON. */
  readonly resource: string;
  lines: Line[] | undefined;
  /** Of an adopted file nobody knows it: 0. */
  count: number;
  /** Size on disk, in UTF-8. */
  bytes: number;
  sealed: boolean;
  /** How many of `lines` are known to be on disk. */
  saved: number;
  /** How many, from the first on, the collector has answered for. */
  sent: number;
  /** How often the server has failed at it. */
  failures: number;
  file: string | undefined;
  fd: number | undefined;
  /** The last write failed, perhaps in the middle of a line. */
  torn: boolean;
  /** A write that is under way. */
  writing: Promise<void> | undefined;
  /** It was acknowledged or given up: whatever is still under way for it has no more meaning. */
  done: boolean;
}

/** An empty segment. */
export function createSegment(lane: Lane, resource: string): Segment {
  return {
    lane,
    resource,
    lines: [],
    count: 0,
    bytes: 0,
    sealed: false,
    saved: 0,
    sent: 0,
    failures: 0,
    file: undefined,
    fd: undefined,
    torn: false,
    writing: undefined,
    done: false,
  };
}

/** A file that an earlier process left behind, as a segment. */
export function createAdoptedSegment(lane: Lane, file: string, bytes: number): Segment {
  return { ...createSegment(lane, ''), lines: undefined, sealed: true, file, bytes };
}

/** Whether some of the segment's lines are in memory alone. */
export function isUnsaved(segment: Segment): boolean {
  return segment.lines !== undefined && segment.saved < segment.lines.length;
}

/** The bytes of a line in a segment's file. */
export function lineBytes(line: Line): number {
  // The separators: a tab and a newline.
  return Buffer.byteLength(line.scope) + Buffer.byteLength(line.record) + 2;
}

/** Lines as they stand in the file, in pieces. JSON has neither tabs nor newlines of its own. */
export function* printLines(lines: Iterable<Line>): Generator<string> {
  for (const { scope, record } of lines) {
    yield scope;
    yield '\t';
    yield record;
    yield '\n';
  }
}

/** A file's first line. */
export function printHeader(resource: string): string {
  return `${resource}\n`;
}

/** A row that says: the row before me may be half a line, which comes again after me. */
const TORN = '~';

/** What is written after a write that failed: what follows must not become the other half of a line. */
export function printTornMark(): string {
  return `\n${TORN}\n`;
}

/** What a file holds. */
export interface ParsedFile {
  /** Undefined where the first line is not a resource: then nobody knows whose the records are. */
  readonly resource: string | undefined;
  /** Each once, although two writes may have written it. */
  readonly lines: Line[];
  /** Lines that are torn or damaged, which are left out. */
  readonly corrupt: number;
}

/** Reads a file's text. Never throws. */
export function parseFile(text: string): ParsedFile {
  // The mark of a torn line may itself have been torn, after its newline: an empty row says nothing.
  const [header = '', ...rows] = text.split('\n').filter((row, index) => row !== '' || index === 0);
  const resource = isJsonObject(header) ? header : undefined;
  const lines = new Map<string, Line>();
  let corrupt = 0;
  for (const [index, row] of rows.entries()) {
    if (row === TORN || lines.has(row)) continue;
    const [scope = '', record = ''] = row.split('\t', 2);
    if (isJsonObject(scope) && isJsonObject(record)) lines.set(row, { scope, record });
    else if (rows[index + 1] !== TORN) corrupt += 1;
  }
  return { resource, lines: [...lines.values()], corrupt };
}

function isJsonObject(text: string): boolean {
  if (!text.startsWith('{') || !text.endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The OTLP request for some records of one resource, in pieces. */
export function* printRequest(resource: string, lines: readonly Line[]): Generator<string> {
  const scopes = new Map<string, string[]>();
  for (const { scope, record } of lines) {
    const records = scopes.get(scope);
    if (records === undefined) scopes.set(scope, [record]);
    else records.push(record);
  }
  yield `{"resourceLogs":[{"resource":${resource},"scopeLogs":[`;
  let before = '{"scope":';
  for (const [scope, records] of scopes) {
    yield before;
    yield `${scope},"logRecords":[`;
    for (const [index, record] of records.entries()) {
      if (index > 0) yield ',';
      yield record;
    }
    before = ']},{"scope":';
  }
  yield scopes.size === 0 ? ']}]}' : ']}]}]}';
}
