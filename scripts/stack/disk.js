/** A disk of its own, which can be full without anything else being so. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MissingError } from './missing.js';

const PIECE = Buffer.alloc(4_096, 1);

/** Those that are mounted. */
/** @type {Set<Disk>} */
const mounted = new Set();
process.on('exit', () => {
  for (const disk of mounted) disk.unmount();
});

export class Disk {
  #root;
  #other;
  /** For the collector; beside it there may be something else. */
  folder;

  /** @param {number} bytes @param {string} [root] An empty folder, where it is mounted. Default: a new one. */
  constructor(bytes, root = mkdtempSync(path.join(tmpdir(), 'barbossa-faults-disk-'))) {
    this.#root = root;
    this.#other = path.join(root, 'other');
    this.folder = path.join(root, 'collector');
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', this.#root]);
    mounted.add(this);
  }

  /** Fills it to the last byte, with a file of somebody else. */
  fill() {
    const file = openSync(this.#other, 'w');
    try {
      for (;;) writeSync(file, PIECE);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Removes that file. */
  empty() {
    rmSync(this.#other);
  }

  unmount() {
    if (!mounted.delete(this)) return;
    // Lazily: a process that was killed a moment ago may hold it still.
    execFileSync('umount', ['-l', this.#root]);
    rmdirSync(this.#root);
  }
}

/** Unmounts what processes that were killed have left mounted below a folder. @param {string} folder */
export function unmountBelow(folder) {
  const list = '/proc/self/mounts';
  if (!existsSync(list)) return;
  const places = readFileSync(list, 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const place of places) if (place.startsWith(`${folder}${path.sep}`)) execFileSync('umount', ['-l', place]);
}

/** @throws {MissingError} Where this user may not mount a disk. */
export function requireDisks() {
  try {
    new Disk(1_000_000).unmount();
  } catch {
    throw new MissingError('a disk in memory can be mounted by root only');
  }
}
