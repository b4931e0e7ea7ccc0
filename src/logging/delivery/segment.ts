/** Records below WARNING go to `low`, which is given up first when every bound is reached. */
export type Lane = 'high' | 'low';

/** How records are grouped in a request: by the scope that they came from, as OTLP JSON. */
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
  readonly openedAtMs: number;
  count: number;
  /** Size on disk, in UTF-8. */
  bytes: number;
  sealed: boolean;
  /** How many of `lines` are known to be on disk. */
  saved: number;
  file?: string;
  fd?: number;
  /** The last write failed, perhaps in the middle of a line. */
  torn: boolean;
  /** A write that is under way. */
  writing?: Promise<void>;
  /** It was acknowledged or given up: whatever is still under way for it has no more meaning. */
  done: boolean;
}

/** An empty segment. */
export function createSegment(lane: Lane, resource: string, nowMs: number): Segment {
  return {
    lane,
    resource,
    lines: [],
    openedAtMs: nowMs,
    count: 0,
    bytes: 0,
    sealed: false,
    saved: 0,
    torn: false,
    done: false,
  };
}

/** The bytes of a line in a segment's file. */
export function lineBytes(line: Line): number {
  // The separators: a tab and a newline.
  return Buffer.byteLength(line.scope) + Buffer.byteLength(line.record) + 2;
}

/** Lines as they stand in the file. JSON has neither tabs nor newlines of its own. */
export function printLines(lines: readonly Line[]): string {
  let text = '';
  for (const line of lines) text += `${line.scope}\t${line.record}\n`;
  return text;
}

/** A file's first line. */
export function printHeader(resource: string): string {
  return `${resource}\n`;
}

/** What a file holds. Lines that are torn or are not JSON are left out and counted in `corrupt`. */
export function parseFile(text: string): { resource: string | undefined; lines: Line[]; corrupt: number } {
  const [header = '', ...rest] = text.split('\n');
  const resource = isJsonObject(header) ? header : undefined;
  const lines: Line[] = [];
  let corrupt = 0;
  for (const row of rest) {
    if (row === '') continue;
    const [scope = '', record = ''] = row.split('\t', 2);
    if (isJsonObject(scope) && isJsonObject(record)) lines.push({ scope, record });
    else corrupt += 1;
  }
  return { resource, lines, corrupt };
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

/** The OTLP request for some records of one resource. */
export function printRequest(resource: string, lines: readonly Line[]): string {
  const scopes = new Map<string, string[]>();
  for (const { scope, record } of lines) {
    const records = scopes.get(scope);
    if (records === undefined) scopes.set(scope, [record]);
    else records.push(record);
  }
  const scopeLogs = Array.from(scopes, ([scope, records]) => `{"scope":${scope},"logRecords":[${records.join(',')}]}`);
  return `{"resourceLogs":[{"resource":${resource},"scopeLogs":[${scopeLogs.join(',')}]}]}`;
}
