import fs from 'node:fs';
import path from 'node:path';
import type { Lane } from './segment.js';
import type { FileKind, SpoolFileName } from './spool-owner.js';
import { parseFileName } from './spool-owner.js';
import { indexFile } from './spool-text.js';

/** What room is made for, and how. */
export interface RoomOptions {
  readonly directory: string;
  /** Most that all files of the folder may have, of whatever process. */
  readonly maxBytes: number;
  /** What is to be written. */
  readonly needBytes: number;
  /** What is at least as severe is not given up for less. */
  readonly lane: Lane;
  /** What all names of this process's files begin with. */
  readonly process: string | undefined;
  /** Gives up a file of this process, which counts itself. False where that cannot be now. */
  readonly giveUp: (name: string) => boolean;
  /** A name under which a file is this process's own. */
  readonly nextName: (kind: FileKind) => string;
  /** Records of other processes were given up. */
  readonly onGivenUp: (count: number) => void;
}

interface RoomEntry extends SpoolFileName {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Makes room in a folder, counting the files of all its processes. The oldest file of the least severe lane goes first,
 * whichever process it belongs to. A file that another process writes or sends stays.
 * @returns False where there is no room. @throws What the file system throws.
 */
export function makeRoom(options: RoomOptions): boolean {
  const entries = listEntries(options.directory);
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = options.maxBytes - options.needBytes;
  const lanes: readonly Lane[] = options.lane === 'high' ? ['low', 'high'] : ['low'];
  for (const lane of lanes) {
    for (const entry of entries.filter(({ kind }) => kind === lane).toSorted(isOlder)) {
      if (total <= most) return true;
      if (entry.bytes > 0 && giveUp(entry, options)) total -= entry.bytes;
    }
  }
  return total <= most;
}

function isOlder(a: RoomEntry, b: RoomEntry): number {
  return a.createdMs - b.createdMs || a.sequence - b.sequence;
}

function listEntries(directory: string): RoomEntry[] {
  const entries: RoomEntry[] = [];
  for (const name of fs.readdirSync(directory)) {
    const parsed = parseFileName(name);
    if (parsed === undefined) continue;
    const stat = fs.lstatSync(path.join(directory, name), { throwIfNoEntry: false });
    if (stat?.isFile() === true) entries.push({ ...parsed, name, bytes: stat.size });
  }
  return entries;
}

function giveUp(entry: RoomEntry, options: RoomOptions): boolean {
  if (entry.process === options.process) return options.giveUp(entry.name);
  if (entry.held) return false;
  const at = path.join(options.directory, options.nextName(entry.kind));
  try {
    // Of several takers one wins, and counts.
    fs.renameSync(path.join(options.directory, entry.name), at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
  const { runs } = indexFile(fs.readFileSync(at));
  fs.unlinkSync(at);
  options.onGivenUp(runs.reduce((sum, { count }) => sum + count, 0));
  return true;
}
