import { readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { lookAt } from './place.js';
import type { Known } from './plan.js';
import { readCode, Refusal } from './refusal.js';
import { hashText } from './stack.js';
import { writeSafely } from './write-safely.js';

/**
 * What the copy remembers, in a folder of its own: which texts of ours it has, by their hashes, and these texts, without
 * which nothing can be merged.
 */
export interface CopyState {
  /** Of the package that wrote it last; absent in a copy that has no manifest. */
  readonly version?: string;
  readonly files: ReadonlyMap<string, Known>;
  /** By hash. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The folder, below the copy's. */
export const STATE_FOLDER = '.barbossa-telemetry';
const MANIFEST = `${STATE_FOLDER}/manifest.json`;
const TEXTS = `${STATE_FOLDER}/texts.json.br`;
const FORMAT = 1;
const EMPTY: CopyState = { files: new Map(), texts: new Map() };

/** @param root The copy's folder. @throws {Refusal} Where there is a manifest that cannot be relied on. */
export function readState(root: string): CopyState {
  const found = lookAt(root, MANIFEST);
  if (found.kind === 'nothing') return EMPTY;
  if (found.kind !== 'file') throw new Refusal(`${MANIFEST} cannot be used: ${found.what}.`);
  const { version, files } = parseManifest(found.text ?? '');
  return { version, files, texts: readTexts(root) };
}

/**
 * Writes what the copy remembers. The manifest comes last: a run that was ended before has changed nothing of it, and the
 * next run does what is missing.
 * @param texts Those that `files` names; those of `before` stay for as long as its manifest is there.
 */
export function writeState(
  root: string,
  before: CopyState,
  next: { version: string; files: ReadonlyMap<string, Known>; texts: readonly string[] },
): void {
  const all = new Map([...before.texts, ...next.texts.map((text) => [hashText(text), text] as const)]);
  const named = new Set(
    [...before.files.values(), ...next.files.values()].flatMap(({ hash, beside }) => [hash, beside]),
  );
  const kept = [...all].filter(([hash]) => named.has(hash)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const texts = brotliCompressSync(JSON.stringify(kept.map(([, text]) => text)));
  writeSafely(root, { path: TEXTS, content: texts });
  writeSafely(root, { path: MANIFEST, content: printManifest(next) });
}

/** One file a line, so that it can be read, compared and merged. */
function printManifest({ version, files }: { version: string; files: ReadonlyMap<string, Known> }): string {
  const rows = [...files].map(([name, known]) => `    ${JSON.stringify(name)}: ${JSON.stringify(known)}`);
  return `{\n  "format": ${FORMAT},\n  "version": ${JSON.stringify(version)},\n  "files": {\n${rows.join(',\n')}\n  }\n}\n`;
}

function parseManifest(text: string): { version: string; files: Map<string, Known> } {
  const damaged = (why: string): Refusal =>
    new Refusal(
      `${MANIFEST} is damaged (${why}). Bring it back from a backup or from version control. Without it: remove this one ` +
        'file, and each file that is not as this version has it is kept, with the new one beside it.',
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('it is no JSON');
  }
  const { format, version, files } = (value ?? {}) as Record<string, unknown>;
  if (typeof format === 'number' && format > FORMAT) {
    throw new Refusal(`${MANIFEST} was written by a newer barbossa-telemetry, ${String(version)}: use that one.`);
  }
  if (format !== FORMAT || typeof version !== 'string' || typeof files !== 'object' || files === null) {
    throw damaged('it is not what this command writes');
  }
  const entries = Object.entries(files as Record<string, unknown>);
  const wrong = entries.find(([name, known]) => !isPath(name) || !isKnown(known));
  if (wrong !== undefined) throw damaged(`${JSON.stringify(wrong[0])} is not an entry of this command`);
  return { version, files: new Map(entries as [string, Known][]) };
}

/** Whether a name stays in the folder: what a manifest names may be removed. */
function isPath(name: string): boolean {
  return (
    name !== '' &&
    !/[\\:\p{Cc}]/u.test(name) &&
    name.split('/').every((part) => !['', '.', '..', STATE_FOLDER].includes(part))
  );
}

function isKnown(value: unknown): value is Known {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(
    ([key, hash]) => ['hash', 'beside'].includes(key) && /^[0-9a-f]{64}$/.test(String(hash)),
  );
}

/** Without them nothing is lost but that texts can be merged: each is looked up by the hash of what it is. */
function readTexts(root: string): Map<string, string> {
  if (lookAt(root, TEXTS).kind !== 'file') return new Map();
  try {
    const texts: unknown = JSON.parse(brotliDecompressSync(readFileSync(path.join(root, TEXTS))).toString('utf8'));
    if (!Array.isArray(texts)) return new Map();
    return new Map(texts.filter((text) => typeof text === 'string').map((text) => [hashText(text), text]));
  } catch (error) {
    if (['EACCES', 'EIO'].includes(readCode(error))) throw error;
    return new Map();
  }
}
