import type { LogEntry } from './record.js';

/**
 * The one place where secrets leave a log record. Whatever builds an entry, `getLogger` as well as the winston bridge,
 * hands it through here before it is printed or sent: what comes out is what the world sees of the message, the
 * exception and the extras, which are plain data by then.
 *
 * Nothing is redacted yet: the rules are an issue of their own and belong here.
 */
export function redactEntry(entry: LogEntry): LogEntry {
  return entry;
}
