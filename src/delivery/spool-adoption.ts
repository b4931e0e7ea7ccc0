import fs from 'node:fs';
import path from 'node:path';
import { describeError, diag, warnOnce } from '../diagnostics/diag.js';
import type { StoredLines } from './segment.js';
import type { SpoolLock } from './spool-lock.js';
import {
  isLaterName,
  isSocketName,
  parseFileName,
  printSocketName,
  type FileKind,
  type SpoolFileName,
  type SpoolOwner,
} from './spool-owner.js';
import { indexFile } from './spool-text.js';

/** A process that cannot be asked has died when it has touched none of its files for so long, by our own clock. */
const QUIET_MS = 120_000;
/** Far above what we write: a file of this size is not ours. */
const MAX_FILE_BYTES = 8_388_608;

/** Lines that another process left behind, now ours. */
export interface AdoptedFile extends StoredLines {
  readonly lane: FileKind;
  readonly bytes: number;
}

/** Whose files are looked for, and where. */
export interface AdoptionOptions {
  /** The folder that is searched. */
  readonly directory: string;
  /** The folder of the spool, where it is another one. */
  readonly target: string;
  readonly lock: SpoolLock;
  /** This process, as what it writes is named. */
  readonly owner: () => SpoolOwner;
  /** A name for a file that this process takes over. */
  readonly nextName: (kind: FileKind, createdMs: number) => string;
  /** By a clock that nobody sets. */
  readonly nowMs: () => number;
}

interface Candidate extends SpoolFileName {
  readonly name: string;
  readonly bytes: number;
  readonly changedMs: number;
}

interface Watched {
  readonly state: string;
  readonly sinceMs: number;
}

/**
 * Finds the files that processes of the same service have left, in one folder, time after time. Whether a process lives
 * its socket says; of one that has none, or whose kernel is another, its files say it: it touches them. No clock of
 * another process is believed, nor that of the file system.
 */
export class Adoption {
  readonly #options: AdoptionOptions;
  readonly #watched = new Map<string, Watched>();
  #deadSockets = new Set<string>();

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  /**
   * Takes over what was left, oldest first, by renaming: of several takers one wins. Files of this process are touched.
   * Everything else is left alone. Never rejects.
   * @param process What the names of this process's files begin with, where it has any.
   * @returns What was taken, and all names that were in the folder; undefined where it could not be searched.
   */
  async take(
    service: string,
    process: string | undefined,
  ): Promise<{ readonly adopted: AdoptedFile[]; readonly names: Set<string> | undefined }> {
    const adopted: AdoptedFile[] = [];
    let names: Set<string> | undefined;
    try {
      names = new Set(await fs.promises.readdir(this.#options.directory));
      const orphans = await this.#findOrphans(names, service, process);
      for (const orphan of orphans) adopted.push(...(await this.#adopt(orphan)));
    } catch (error) {
      diag.debug(`log spool ${this.#options.directory} cannot be searched: ${describeError(error)}`);
    }
    return { adopted, names };
  }

  async #findOrphans(names: ReadonlySet<string>, service: string, process: string | undefined): Promise<Candidate[]> {
    const { directory } = this.#options;
    const processes = new Map<string, Candidate[]>();
    const strange = { foreign: 0, later: 0 };
    for (const name of names) {
      const candidate = await this.#look(name, strange);
      if (candidate?.service !== service) continue;
      if (candidate.process === process) await touch(path.join(directory, name));
      else processes.set(candidate.process, [...(processes.get(candidate.process) ?? []), candidate]);
    }
    tellOfStrange(directory, strange);
    const orphans: Candidate[] = [];
    for (const [key, files] of processes) {
      if (!(await this.#isGone(key, files))) continue;
      orphans.push(...files);
      // It has files: so it has listened, and does so no more.
      await fs.promises.rm(path.join(directory, printSocketName(key)), { force: true }).catch(() => {});
    }
    for (const key of this.#watched.keys()) if (!processes.has(key)) this.#watched.delete(key);
    await this.#removeSockets(names, service, processes);
    return orphans
      .filter((file) => this.#isUsable(file))
      .toSorted((a, b) => (a.createdMs || a.changedMs) - (b.createdMs || b.changedMs) || a.sequence - b.sequence);
  }

  async #look(name: string, strange: { foreign: number; later: number }): Promise<Candidate | undefined> {
    if (isSocketName(name)) return undefined;
    const parsed = parseFileName(name);
    if (parsed === undefined && isLaterName(name)) strange.later += 1;
    else if (parsed === undefined) strange.foreign += 1;
    if (parsed === undefined) return undefined;
    const stat = await fs.promises.lstat(path.join(this.#options.directory, name)).catch(() => undefined);
    // Sent, or taken by another process, between the two calls.
    if (stat === undefined) return undefined;
    if (!stat.isFile()) {
      strange.foreign += 1;
      return undefined;
    }
    return { ...parsed, name, bytes: stat.size, changedMs: stat.mtimeMs };
  }

  async #isGone(process: string, files: readonly Candidate[]): Promise<boolean> {
    const { lock, owner } = this.#options;
    const [{ owner: other } = { owner: undefined }] = files;
    if (other?.sign === 'socket' && other.boot === owner().boot) {
      const life = await lock.ask(printSocketName(process), this.#options.directory);
      if (life !== 'unknown') return life === 'gone';
    }
    return this.#isQuiet(process, files);
  }

  #isQuiet(process: string, files: readonly Candidate[]): boolean {
    const nowMs = this.#options.nowMs();
    const state = files
      .map(({ name, bytes, changedMs }) => `${name} ${bytes} ${changedMs}`)
      .toSorted()
      .join('\n');
    const before = this.#watched.get(process);
    if (before?.state === state) return nowMs - before.sinceMs >= QUIET_MS;
    this.#watched.set(process, { state, sinceMs: nowMs });
    return false;
  }

  /** Sockets of processes that are gone. Only those seen so before: one that is just being made does not listen yet. */
  async #removeSockets(
    names: ReadonlySet<string>,
    service: string,
    processes: ReadonlyMap<string, unknown>,
  ): Promise<void> {
    const { directory, lock, owner } = this.#options;
    const dead = new Set<string>();
    for (const name of names) {
      const isOurs = isSocketName(name) && name.startsWith(`v2-${service}-${owner().boot}-`) && name !== lock.held;
      if (!isOurs || processes.has(name.slice('v2-'.length, -'.sock'.length))) continue;
      if ((await lock.ask(name, directory)) !== 'gone') continue;
      if (this.#deadSockets.has(name)) await fs.promises.rm(path.join(directory, name), { force: true });
      else dead.add(name);
    }
    this.#deadSockets = dead;
  }

  #isUsable({ name, bytes }: Candidate): boolean {
    if (bytes <= MAX_FILE_BYTES) return true;
    const { directory } = this.#options;
    warnOnce('log-spool-size', `log spool ${directory}: ${name} has ${bytes} bytes, which no segment has; left alone`);
    return false;
  }

  async #adopt({ name, kind, createdMs, changedMs }: Candidate): Promise<AdoptedFile[]> {
    const { directory, target, nextName } = this.#options;
    const file = nextName(kind, Math.round(createdMs || changedMs));
    try {
      await fs.promises.rename(path.join(directory, name), path.join(directory, file));
      if (target !== directory) await move(path.join(directory, file), path.join(target, file));
      const content = await fs.promises.readFile(path.join(target, file));
      const { resource = '', runs } = indexFile(content);
      // It was written for a record, which is lost: who reads it counts that.
      if (kind === 'aside' && runs.length === 0) runs.push({ from: 0, to: content.length, count: 1 });
      if (runs.length === 0) await fs.promises.rm(path.join(target, file), { force: true });
      return runs.map(({ from, to, count }) => ({ lane: kind, file, resource, from, to, count, bytes: to - from }));
    } catch (error) {
      // ENOENT: another process was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        diag.debug(`log spool ${directory}: ${name} cannot be taken over: ${describeError(error)}`);
      }
      return [];
    }
  }
}

function tellOfStrange(directory: string, { foreign, later }: { foreign: number; later: number }): void {
  if (foreign > 0) {
    warnOnce('log-spool-strange', `log spool ${directory} holds ${foreign} thing(s) that are not ours; left alone`);
  }
  if (later > 0) {
    warnOnce('log-spool-later', `log spool ${directory} holds ${later} file(s) of a later version; left alone`);
  }
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  // Gone meanwhile, or a disk that cannot be written: nothing depends on it here.
  await fs.promises.utimes(file, now, now).catch(() => {});
}

/** From one folder to another, which may be on another disk. */
async function move(from: string, to: string): Promise<void> {
  await fs.promises.copyFile(from, to, fs.constants.COPYFILE_EXCL);
  await fs.promises.chmod(to, 0o600);
  await fs.promises.rm(from);
}
