/**
 * The one voice on stderr. Everything the package has to say to the person who runs the
 * application is one line that starts with `[barbossa-telemetry]`; nothing else in the
 * package writes to stderr or uses `console`.
 */

/** Most verbose to least; the names OTel's `OTEL_LOG_LEVEL` uses. */
export type DiagLevel = 'none' | 'error' | 'warn' | 'info' | 'debug';

const RANK: Readonly<Record<DiagLevel, number>> = { none: 0, error: 1, warn: 2, info: 3, debug: 4 };
const PREFIX = '[barbossa-telemetry]';
const MAX_LINE_CHARS = 2_000;

let threshold = RANK.info;

/** Sets how much is said. Default: `info`, which is the start-up line and warnings. */
export function setDiagLevel(level: DiagLevel): void {
  threshold = RANK[level];
}

function say(level: DiagLevel, message: string): void {
  if (RANK[level] > threshold) return;
  try {
    writeGuarded(process.stderr, `${PREFIX} ${level}: ${oneLine(message)}\n`);
  } catch {
    // stderr is closed: there is nobody left to tell.
  }
}

/** Folds control characters, so that no value can forge a second line or drive a terminal; hides credentials in URLs. */
function oneLine(text: string): string {
  const cut = text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)}…` : text;
  // oxlint-disable-next-line no-control-regex -- control characters are what this removes
  const line = cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return hideCredentials(line);
}

/** The text with `***` for the user and the password of each URL in it: errors show the URLs that they were given. */
export function hideCredentials(text: string): string {
  return text.replace(/\/\/(?:[^\s/@:]*:\S*|[^\s/@]*)@/g, '//***@');
}

/** One line each, at most 2,000 characters, control characters folded to a space. Never throws. */
export const diag = {
  error: (message: string): void => say('error', message),
  warn: (message: string): void => say('warn', message),
  info: (message: string): void => say('info', message),
  debug: (message: string): void => say('debug', message),
};

const said = new Set<string>();
const MAX_KEYS = 1_000;

/** Warns once for each key in the life of the process. */
export function warnOnce(key: string, message: string): void {
  if (said.has(key) || said.size >= MAX_KEYS) return;
  said.add(key);
  diag.warn(message);
}

/** What went wrong, in a few words and on one line, whatever was thrown. Never throws. */
export function describeError(error: unknown): string {
  try {
    if (error instanceof Error) {
      const code = (error as NodeJS.ErrnoException).code;
      const text = error.message === '' ? error.name : error.message;
      return code !== undefined && !text.includes(code) ? `${code}: ${text}` : text;
    }
    return String(error);
  } catch {
    return 'an error that cannot be described';
  }
}

/**
 * Writes to stdout or stderr so that a stream which is closed or full does not end the process: for the time of this write
 * its error has a listener, unless the application has one, which then gets it as it does for any other write. Errors of
 * the application's own writes stay what they were. Through the stream and not to its descriptor: the application's lines
 * and ours stay in their order, and a reader that is slow holds nobody up.
 * @throws What the stream throws.
 */
export function writeGuarded(stream: NodeJS.WriteStream, text: string): void {
  // Some streams emit their error within write().
  const guarded = stream.listenerCount('error') === 0;
  if (guarded) stream.on('error', ignoreError);
  try {
    stream.write(text, (error) => onWritten(stream, error));
  } finally {
    if (guarded) stream.removeListener('error', ignoreError);
  }
}

/** A stream that fails later calls this first and emits the error afterwards. */
function onWritten(stream: NodeJS.WriteStream, error: Error | null | undefined): void {
  if (error === undefined || error === null) return;
  if (stream.listenerCount('error') > 0) return;
  stream.once('error', ignoreError);
  // The error comes before the next turn of the event loop, if it comes at all.
  setTimeout(() => stream.removeListener('error', ignoreError), 0).unref();
}

function ignoreError(): void {
  // Nobody reads the lines: that is no reason to end the application.
}
