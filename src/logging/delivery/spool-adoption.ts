import fs from 'node:fs';
import path from 'node:path';
import { describeError, diag, warnOnce } from '../../diag.js';
import type { Lane } from './segment.js';
import { isGone, parseFileName, type SpoolFileName, type SpoolOwner } from './spool-owner.js';

/** Nobody can ask another host whether a process lives: each touches its files, and has died when they are this old. */
const FOREIGN_ORPHAN_MS = 120_000;
/** Far above what a segment comes to: a file of this size is not one. */
const MAX_FILE_BYTES = 8_388_608;

/** A file that another process left behind, now ours. */
export interface AdoptedFile {
  readonly lane: Lane;
  readonly file: string;
  readonly bytes: number;
}

/** Whose files are looked for, and where. */
export interface AdoptionOptions {
  readonly directory: string;
  readonly owner: SpoolOwner;
  /** A name for a file that this process takes over. */
  readonly nextName: (lane: Lane) => string;
}

interface Candidate extends SpoolFileName {
  readonly name: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/**
 * Takes over the files that processes of the same service have left, oldest first, by renaming: of several takers one
 * wins. Files of this process are touched, so that other hosts see that it lives. Everything else is left alone. Never
 * rejects.
 */
export async function adoptFiles(options: AdoptionOptions): Promise<AdoptedFile[]> {
  const adopted: AdoptedFile[] = [];
  try {
    for (const { name, lane, bytes } of await findOrphans(options)) {
      const file = options.nextName(lane);
      if (await rename(options.directory, name, file)) adopted.push({ lane, file, bytes });
    }
  } catch (error) {
    diag.debug(`log spool ${options.directory} cannot be searched: ${describeError(error)}`);
  }
  return adopted;
}

async function findOrphans({ directory, owner }: AdoptionOptions): Promise<Candidate[]> {
  const orphans: Candidate[] = [];
  const gone = new Map<string, boolean | undefined>();
  let strange = 0;
  for (const entry of await fs.promises.readdir(directory, { withFileTypes: true })) {
    const parsed = entry.isFile() ? parseFileName(entry.name) : undefined;
    if (parsed === undefined) strange += 1;
    if (parsed?.owner.service !== owner.service) continue;
    const stat = await fs.promises.lstat(path.join(directory, entry.name)).catch(() => undefined);
    // Sent, or taken by another process, between the two calls.
    if (stat === undefined) continue;
    const key = `${parsed.owner.host}-${parsed.owner.pid}-${parsed.owner.started}`;
    if (!gone.has(key)) gone.set(key, isGone(parsed.owner, owner));
    const candidate = { ...parsed, name: entry.name, bytes: stat.size, changedMs: stat.mtimeMs };
    if (isOwn(parsed.owner, owner)) await touch(path.join(directory, entry.name));
    else if (isOrphan(candidate, gone.get(key), directory)) orphans.push(candidate);
  }
  if (strange > 0) {
    warnOnce('log-spool-strange', `log spool ${directory} holds ${strange} thing(s) that are not ours; left alone`);
  }
  return orphans.toSorted((a, b) => a.changedMs - b.changedMs || a.sequence - b.sequence);
}

function isOwn(owner: SpoolOwner, self: SpoolOwner): boolean {
  return owner.host === self.host && owner.pid === self.pid && owner.started === self.started;
}

function isOrphan({ name, bytes, changedMs }: Candidate, gone: boolean | undefined, directory: string): boolean {
  if (!(gone ?? Date.now() - changedMs > FOREIGN_ORPHAN_MS)) return false;
  if (bytes <= MAX_FILE_BYTES) return true;
  warnOnce('log-spool-size', `log spool ${directory}: ${name} has ${bytes} bytes, which no segment has; left alone`);
  return false;
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  // Gone meanwhile, or a disk that cannot be written: nothing depends on it here.
  await fs.promises.utimes(file, now, now).catch(() => {});
}

async function rename(directory: string, from: string, to: string): Promise<boolean> {
  try {
    await fs.promises.rename(path.join(directory, from), path.join(directory, to));
    return true;
  } catch (error) {
    // ENOENT: another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      diag.debug(`log spool ${directory}: ${from} cannot be taken over: ${describeError(error)}`);
    }
    return false;
  }
}
