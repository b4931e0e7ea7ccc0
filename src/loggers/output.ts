import { warnOnce } from '../diagnostics/diag.js';
import { writeGuarded } from '../diagnostics/guarded-write.js';
import { readMessage } from '../logs/exception.js';

/** Writes one line to stdout. Never throws, and a stdout that is closed or full does not end the process. */
export function writeLine(line: string): void {
  try {
    writeGuarded(process.stdout, `${line}\n`);
  } catch (error) {
    warnOnce('stdout', `log lines cannot be written to stdout: ${readMessage(error)}`);
  }
}
