import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/** A file of the stack. */
export interface StackFile {
  /** From the folder that is written, with `/`: `deploy/compose.yaml`. */
  readonly path: string;
  readonly text: string;
  /** Whether it is a program: a script that an image starts. */
  readonly executable?: boolean;
}

/** The stack as this package has it. */
export interface Stack {
  /** The package's: `0.1.0`. */
  readonly version: string;
  readonly files: readonly StackFile[];
}

/** Made by `npm run build` of `deploy/` and `otel-collector/`: scripts/project/stack-archive.js. */
const ARCHIVE = new URL('stack.json.br', import.meta.url);

/** Reads the stack that travels in the package. @throws {Error} Where the package is not complete. */
export function readStack(): Stack {
  return JSON.parse(brotliDecompressSync(readFileSync(ARCHIVE)).toString('utf8')) as Stack;
}

/** By what a text is known: SHA-256 of its bytes, in hex. */
export function hashText(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
