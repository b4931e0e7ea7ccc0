import type { EncodedRecord } from './segment.js';

/** Most lines and bytes of a file that are one segment again when another process takes it up. */
const MAX_LINES = 1_024;
const MAX_BYTES = 524_288;
const NEWLINE = 10;

/** A row that says: the row before me may be half a line, which comes again after me. */
const TORN = '~';
/** The beginning of a row that says: what stands in these bytes of the file is done with. */
const DONE = '-';

/** A file's first line. */
export function printHeader(resource: string): string {
  return `${resource}\n`;
}

/** Lines as they stand in the file, in pieces. JSON has neither tabs nor newlines of its own. */
export function* printLines(lines: Iterable<EncodedRecord>): Generator<string> {
  for (const { scope, record } of lines) {
    yield scope;
    yield '\t';
    yield record;
    yield '\n';
  }
}

/** What is written after a write that failed: what follows must not become the other half of a line. */
export function printTornMark(): string {
  return `\n${TORN}\n`;
}

/** What is written when some bytes of the file are done with while others are not. */
export function printDoneMark({ from, to }: ByteRange): string {
  return `${DONE}${from} ${to}\n`;
}

/** Some bytes of a file: from the first up to, and without, the second. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Some lines of a file, and where they stand. */
export interface Run extends ByteRange {
  readonly count: number;
}

/** What is left to do of a file. */
export interface FileIndex {
  /** Undefined where the first line is not a resource: then nobody knows whose the records are. */
  readonly resource: string | undefined;
  /** In pieces for one request each, oldest first. */
  readonly runs: Run[];
}

/** Finds what is not done with in a file. Never throws. */
export function indexFile(bytes: Buffer): FileIndex {
  const headerEnd = findRowEnd(bytes, 0);
  const header = bytes.toString('utf8', 0, headerEnd);
  const rows: ByteRange[] = [];
  const done: ByteRange[] = [];
  for (let from = headerEnd + 1; from < bytes.length;) {
    const to = Math.min(findRowEnd(bytes, from) + 1, bytes.length);
    const mark = readDoneMark(bytes, from, to);
    if (mark === undefined) rows.push({ from, to });
    else done.push(mark);
    from = to;
  }
  return { resource: isJsonObject(header) ? header : undefined, runs: joinRows(bytes, rows, done) };
}

function joinRows(bytes: Buffer, rows: readonly ByteRange[], done: readonly ByteRange[]): Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  for (const row of rows) {
    // A torn row and its mark stay together: the mark says that the row is no loss.
    const isMark = bytes[row.from] === TORN.charCodeAt(0) || row.to - row.from <= 1;
    if (done.some(({ from, to }) => row.from >= from && row.from < to)) {
      run = undefined;
      continue;
    }
    if (isMark && run === undefined) continue;
    const isFull = run !== undefined && (run.count >= MAX_LINES || row.to - run.from > MAX_BYTES);
    const isApart = run !== undefined && run.to !== row.from;
    if (run !== undefined && !isMark && (isFull || isApart)) run = undefined;
    if (run === undefined) run = { ...row, count: 1 };
    else {
      runs.pop();
      run = { from: run.from, to: row.to, count: run.count + (isMark ? 0 : 1) };
    }
    runs.push(run);
  }
  return runs;
}

function findRowEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(NEWLINE, from);
  return end === -1 ? bytes.length : end;
}

function readDoneMark(bytes: Buffer, from: number, to: number): ByteRange | undefined {
  if (bytes[from] !== DONE.charCodeAt(0)) return undefined;
  const match = /^-(\d{1,12}) (\d{1,12})\n$/.exec(bytes.toString('latin1', from, to));
  return match === null ? undefined : { from: Number(match[1]), to: Number(match[2]) };
}

/** What some rows hold. */
export interface ParsedRows {
  /** Each once, although two writes may have written it. */
  readonly lines: EncodedRecord[];
  /** Lines that are torn or damaged, which are left out. */
  readonly corrupt: number;
}

/** Reads rows, without the file's first one. Never throws. */
export function parseRows(text: string): ParsedRows {
  // The mark of a torn line may itself have been torn, after its newline: an empty row says nothing.
  const rows = text.split('\n').filter((row) => row !== '' && !row.startsWith(DONE));
  const lines = new Map<string, EncodedRecord>();
  let corrupt = 0;
  for (const [index, row] of rows.entries()) {
    if (row === TORN || lines.has(row)) continue;
    const [scope = '', record = ''] = row.split('\t', 2);
    if (isJsonObject(scope) && isJsonObject(record)) lines.set(row, { scope, record });
    else if (rows[index + 1] !== TORN) corrupt += 1;
  }
  return { lines: [...lines.values()], corrupt };
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
