import { emitEntry, type LogEntry } from './record.js';
import { redactEntry } from './redaction.js';

/**
 * Takes a line of a logger: the seam for loggers (`src/loggers/`). Its secrets are taken out, and it goes to OpenTelemetry once, and
 * so to the collector. Does nothing where no SDK runs. Never throws.
 * @param entry Texts cut (`cutText`), values plain (`sanitizeFields`), with the context that it was written in.
 */
export function takeLine(entry: LogEntry): void {
  emitEntry(redactEntry(entry));
}
