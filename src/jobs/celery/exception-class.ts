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
