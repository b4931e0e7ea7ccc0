import fs from 'node:fs';
import path from 'node:path';
import { describeError, diag } from '../diagnostics/diag.js';
import type { EncodedRecord } from './segment.js';
import { printHeader, printLines } from './spool-text.js';

/** A file that holds one record, which is set aside. */
export interface AsideFile {
  readonly file: string;
  readonly bytes: number;
}

/** Writes a record that is set aside into a file of its own. Undefined where it cannot be written. */
export function saveAside(at: string, resource: string, line: EncodedRecord): AsideFile | undefined {
  try {
    const bytes = Buffer.from(printHeader(resource) + [...printLines([line])].join(''));
    fs.writeFileSync(at, bytes, { flag: 'wx', mode: 0o600 });
    return { file: path.basename(at), bytes: bytes.length };
  } catch (error) {
    fs.rmSync(at, { force: true });
    diag.debug(`log spool: ${describeError(error)}`);
    return undefined;
  }
}
