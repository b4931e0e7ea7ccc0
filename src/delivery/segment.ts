/** Records below WARNING go to `low`, which is given up first when every bound is reached. */
export type Lane = 'high' | 'low';

/** A record and the scope that it came from, both as OTLP JSON. */
export interface EncodedRecord {
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
  lines: EncodedRecord[] | undefined;
  count: number;
  /** Size on disk, in UTF-8. */
  bytes: number;
  sealed: boolean;
  /** How many of `lines` are known to be on disk. */
  saved: number;
  /** How many are done with: the collector has answered for them, or they are set aside. */
  sent: number;
  /** How often the server has failed at all of it. */
  failures: number;
  /** Its place in its queue. */
  order: number;
  /** It was read from its file, and what is damaged there is counted. */
  isRead: boolean;
  /** The file that it is in, which may hold others too. */
  file: string | undefined;
  /** Where in the file its lines are, in bytes: from the first up to, and without, the second. */
  from: number;
  to: number;
  /** It was acknowledged or given up: whatever is still under way for it has no more meaning. */
  done: boolean;
}

/** Some lines of a file. */
export interface StoredLines {
  /** Empty where the file does not say: then nobody knows whose the lines are. */
  readonly resource: string;
  readonly file: string;
  readonly from: number;
  readonly to: number;
  readonly count: number;
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
    order: 0,
    isRead: false,
    file: undefined,
    from: 0,
    to: 0,
    done: false,
  };
}

/** Lines in a file that an earlier process left behind, as a segment. */
export function createAdoptedSegment(lane: Lane, { resource, file, from, to, count }: StoredLines): Segment {
  return { ...createSegment(lane, resource), lines: undefined, sealed: true, count, file, from, to, bytes: to - from };
}

/** Whether some of the segment's lines are in memory alone. */
export function isUnsaved(segment: Segment): boolean {
  return segment.lines !== undefined && segment.saved < segment.lines.length;
}

/** The bytes of a line in a segment's file. */
export function lineBytes(line: EncodedRecord): number {
  // The separators: a tab and a newline.
  return Buffer.byteLength(line.scope) + Buffer.byteLength(line.record) + 2;
}

/** The OTLP request for some records of one resource, in pieces. */
export function* printRequest(resource: string, lines: readonly EncodedRecord[]): Generator<string> {
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
