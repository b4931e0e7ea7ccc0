import { accessSync, constants, mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { STATE_FOLDER, readState, writeState, type CopyState } from './copy-state.js';
import { lookAt } from './place.js';
import { besideName, decide, type Known, type Step } from './plan.js';
import { readCode, Refusal } from './refusal.js';
import type { Stack } from './stack.js';
import { compareVersions } from './versions.js';
import { writeSafely } from './write-safely.js';

/** What would be done, or was. */
export interface Plan {
  /** Where the copy is, as it really is; what was given where it is not there yet. */
  readonly root: string;
  /** What was there before. */
  readonly state: CopyState;
  readonly steps: readonly Step[];
}

/**
 * Looks at a copy and says what has to be done, and does nothing.
 * @param folder As it was given. @throws {Refusal} Where nothing can or may be done.
 */
export function planCopy(folder: string, stack: Stack): Plan {
  const root = findRoot(folder);
  const state =
    root === undefined ? { files: new Map<string, Known>(), texts: new Map<string, string>() } : readState(root);
  if (state.version !== undefined && compareVersions(state.version, stack.version) > 0) {
    throw new Refusal(
      `${folder} is of barbossa-telemetry ${state.version}, and this is ${stack.version}, which is older. ` +
        `Install ${state.version} or a newer one, or name another folder.`,
    );
  }
  const theirs = new Map(stack.files.map((file) => [file.path, file]));
  const names = [...new Set([...theirs.keys(), ...state.files.keys()])].toSorted();
  const steps = names.map((name) =>
    decide({
      path: name,
      theirs: theirs.get(name),
      known: state.files.get(name),
      mine: root === undefined ? { kind: 'nothing' } : lookAt(root, name),
      beside: root === undefined ? { kind: 'nothing' } : lookAt(root, besideName(name)),
      findText: (hash) => state.texts.get(hash),
    }),
  );
  return { root: root ?? path.resolve(folder), state, steps };
}

/** Does what was planned. @throws {Refusal} Where the system refuses something, with how far it came. */
export function applyPlan({ root, state, steps }: Plan, stack: Stack): void {
  const open = steps.filter(isOpen);
  let done = 0;
  try {
    // First of all: by this folder a later run knows a copy whose first run was ended before its manifest.
    mkdirSync(path.join(root, STATE_FOLDER), { recursive: true });
    for (const step of open) {
      applyStep(root, step);
      done += 1;
    }
    const files = new Map(steps.flatMap(({ path: name, known }) => (known === undefined ? [] : [[name, known]])));
    writeState(root, state, { version: stack.version, files, texts: stack.files.map(({ text }) => text) });
  } catch (error) {
    const { path: file = root } = error as NodeJS.ErrnoException;
    throw new Refusal(
      `${file} could not be written: ${readCode(error)}. ${done} of ${open.length} files were done, each of them whole; ` +
        'the same command does the rest.',
      { cause: error },
    );
  }
}

function isOpen({ outcome, write, writeBeside, removeBeside }: Step): boolean {
  return write !== undefined || writeBeside !== undefined || removeBeside === true || outcome === 'removed';
}

function applyStep(root: string, step: Step): void {
  if (step.write !== undefined) writeSafely(root, { ...step.write, content: step.write.text });
  if (step.writeBeside !== undefined) writeSafely(root, { ...step.writeBeside, content: step.writeBeside.text });
  if (step.removeBeside === true) rmSync(path.join(root, besideName(step.path)), { force: true });
  if (step.outcome === 'removed') removeFile(root, step.path);
}

/** Takes a file away, and the folders that are empty without it. */
function removeFile(root: string, name: string): void {
  rmSync(path.join(root, name), { force: true });
  for (let folder = path.posix.dirname(name); folder !== '.'; folder = path.posix.dirname(folder)) {
    if (readdirSync(path.join(root, folder)).length > 0) return;
    rmdirSync(path.join(root, folder));
  }
}

/** @returns Nothing where the folder is not there yet, and can be made. */
function findRoot(folder: string): string | undefined {
  const absolute = path.resolve(folder);
  let stats;
  try {
    stats = statSync(absolute, { throwIfNoEntry: false });
  } catch (error) {
    throw new Refusal(`${folder} cannot be looked at: ${readCode(error)}.`, { cause: error });
  }
  if (stats === undefined) {
    checkWritable(findParent(absolute), folder);
    return undefined;
  }
  if (!stats.isDirectory()) throw new Refusal(`${folder} is a file: name a folder.`);
  const root = realpathSync(absolute);
  checkWritable(root, folder);
  const names = readdirSync(root);
  if (names.length > 0 && !names.includes(STATE_FOLDER)) {
    throw new Refusal(
      `${folder} has files that this command has not written (${names.toSorted().slice(0, 3).join(', ')}): ` +
        'name an empty folder, or one that is not there yet.',
    );
  }
  const place = lookAt(root, STATE_FOLDER);
  if (names.length > 0 && !(place.kind === 'other' && place.what === 'it is a folder')) {
    throw new Refusal(
      `${STATE_FOLDER} in ${folder} has to be a folder: ${place.kind === 'other' ? place.what : 'it is a file'}.`,
    );
  }
  return root;
}

/** The nearest folder above that is there. */
function findParent(absolute: string): string {
  let parent = path.dirname(absolute);
  while (statSync(parent, { throwIfNoEntry: false }) === undefined) parent = path.dirname(parent);
  return parent;
}

function checkWritable(place: string, folder: string): void {
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Refusal(`${folder} cannot be written: ${readCode(error)} at ${place}.`, { cause: error });
  }
}
