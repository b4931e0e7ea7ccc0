import { CATALOGUE } from './catalogue.js';
import { getInstruments } from './instruments.js';
import { checkLabel } from './labels.js';
import { feedFrom, Observation, registerObserver, type Dispose } from './observe.js';

/** How long a callback of `observe...` may take where nothing else is said, in milliseconds. */
const DEFAULT_DEADLINE_MS = 1_000;
const MAX_DEADLINE_MS = 10_000;

const nothing = (): void => {};

/** A download that was started. The first outcome counts; later calls do nothing. Methods may be passed on alone. */
export interface Download {
  readonly succeed: () => void;
  readonly fail: () => void;
  readonly cancel: () => void;
}

/**
 * A download begins: `barbossa_active_downloads` goes up. Its outcome takes the gauge down again and counts in
 * `barbossa_downloads_total` and, in seconds, in `barbossa_download_duration_seconds`, all at once.
 * A download that never gets an outcome stays active, also when the object is lost: end each one, in `finally`
 * or through both arms of a promise.
 * @param options `source`: where it comes from, 1 to 120 characters, few distinct values.
 * @throws TypeError where `options` is not an object.
 */
export function startDownload(options: { readonly source: string }): Download {
  requireObject('startDownload', options);
  const instruments = getInstruments();
  if (instruments === undefined) return { succeed: nothing, fail: nothing, cancel: nothing };
  const source = checkLabel(CATALOGUE.downloads.name, 'source', options.source);
  const startedMs = performance.now();
  let ended = false;
  const end = (status: string): void => {
    if (ended) return;
    ended = true;
    instruments.activeDownloads.add(-1);
    instruments.downloads.add(1, { source, status });
    instruments.downloadDuration.record((performance.now() - startedMs) / 1_000, { source });
  };
  instruments.activeDownloads.add(1);
  return {
    succeed: () => end('success'),
    fail: () => end('failed'),
    cancel: () => end('cancelled'),
  };
}

/** How an import ended; other words are counted too. */
export type ImportStatus = 'success' | 'failed' | 'skipped' | (string & {});

/**
 * An import into the library ended: counts in `barbossa_imports_total`.
 * @param options `source` and `status`: 1 to 120 characters each, few distinct values.
 * @throws TypeError where `options` is not an object.
 */
export function recordImport(options: { readonly source: string; readonly status: ImportStatus }): void {
  requireObject('recordImport', options);
  const { name } = CATALOGUE.imports;
  getInstruments()?.imports.add(1, {
    status: checkLabel(name, 'status', options.status),
    source: checkLabel(name, 'source', options.source),
  });
}

/** What `observeLibrary` is told. */
export interface LibrarySize {
  readonly tracks: number;
  readonly sizeBytes: number;
}

/** Settings of `observe...`. */
export interface ObserveOptions {
  /** Longest time that one answer may take, in milliseconds, 1 to 10,000. Default: 1,000. */
  readonly deadlineMs?: number;
}

/**
 * Asks `callback` for the size of the library at each scrape: `barbossa_library_tracks_total` and
 * `barbossa_library_size_bytes`. A callback that throws, rejects, does not answer in time or answers with anything
 * but two finite numbers of at least 0 leaves both out of that scrape. A second call replaces the first.
 * @returns Ends it; both families are absent from then on.
 * @throws TypeError where `callback` is not a function or `deadlineMs` is not from 1 to 10,000.
 */
export function observeLibrary(callback: () => LibrarySize | Promise<LibrarySize>, options?: ObserveOptions): Dispose {
  const caller = 'observeLibrary';
  const observation = makeObservation(caller, callback, parseLibrary, options);
  const instruments = getInstruments();
  if (instruments === undefined) return nothing;
  const { libraryTracks, librarySize } = CATALOGUE;
  return registerObserver(caller, [libraryTracks, librarySize], observation, [
    feedFrom(observation, instruments.libraryTracks, {}, (library) => library.tracks),
    feedFrom(observation, instruments.librarySize, {}, (library) => library.sizeBytes),
  ]);
}

/**
 * Asks `callback` for the number of users with a session at each scrape: `barbossa_active_users`. What is said of
 * `observeLibrary` about failures, replacement and disposal holds here too.
 * @throws TypeError where `callback` is not a function or `deadlineMs` is not from 1 to 10,000.
 */
export function observeActiveUsers(callback: () => number | Promise<number>, options?: ObserveOptions): Dispose {
  const caller = 'observeActiveUsers';
  const observation = makeObservation(caller, callback, parseAmount, options);
  const instruments = getInstruments();
  if (instruments === undefined) return nothing;
  return registerObserver(caller, [CATALOGUE.activeUsers], observation, [
    feedFrom(observation, instruments.activeUsers, {}, (users) => users),
  ]);
}

/**
 * Asks `callback` for the number of tasks that wait in `queue` at each scrape: `barbossa_celery_queue_length{queue}`.
 * One observer for each queue: a second call for the same queue replaces the first. What is said of
 * `observeLibrary` about failures and disposal holds here too.
 * @param queue 1 to 120 characters.
 * @throws TypeError where `callback` is not a function or `deadlineMs` is not from 1 to 10,000.
 */
export function observeQueueLength(
  queue: string,
  callback: () => number | Promise<number>,
  options?: ObserveOptions,
): Dispose {
  const instruments = getInstruments();
  // Without instruments there is nobody to warn about a label; the other arguments are checked all the same.
  const label = instruments === undefined ? '' : checkLabel(CATALOGUE.queueLength.name, 'queue', queue);
  const caller = `observeQueueLength(${JSON.stringify(label)})`;
  const observation = makeObservation(caller, callback, parseAmount, options);
  if (instruments === undefined) return nothing;
  return registerObserver(caller, [CATALOGUE.queueLength], observation, [
    feedFrom(observation, instruments.queueLength, { queue: label }, (length) => length),
  ]);
}

function makeObservation<T>(
  caller: string,
  callback: () => unknown,
  parse: (answer: unknown) => T,
  options: ObserveOptions | undefined,
): Observation<T> {
  if (typeof callback !== 'function') throw new TypeError(`${caller}: callback must be a function`);
  if (options !== undefined) requireObject(caller, options);
  const deadlineMs = options?.deadlineMs ?? DEFAULT_DEADLINE_MS;
  if (typeof deadlineMs !== 'number' || !(deadlineMs >= 1 && deadlineMs <= MAX_DEADLINE_MS)) {
    throw new TypeError(`${caller}: options.deadlineMs must be a number from 1 to ${MAX_DEADLINE_MS}`);
  }
  return new Observation({ caller, callback, parse, deadlineMs });
}

function requireObject(caller: string, options: unknown): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${caller}: options must be an object`);
}

function parseLibrary(answer: unknown): LibrarySize {
  if (typeof answer !== 'object' || answer === null) {
    throw new TypeError(`the answer must be an object with tracks and sizeBytes, it was ${describeAnswer(answer)}`);
  }
  const { tracks, sizeBytes } = answer as Partial<Record<keyof LibrarySize, unknown>>;
  return { tracks: parseAmount(tracks, 'tracks'), sizeBytes: parseAmount(sizeBytes, 'sizeBytes') };
}

function parseAmount(answer: unknown, what = 'the answer'): number {
  if (typeof answer === 'number' && Number.isFinite(answer) && answer >= 0) return answer;
  throw new TypeError(`${what} must be a finite number of at least 0, it was ${describeAnswer(answer)}`);
}

function describeAnswer(answer: unknown): string {
  if (typeof answer === 'number' || answer === null || answer === undefined) return String(answer);
  // A COUNT(*) from a database driver is often text.
  return `of type ${typeof answer}`;
}
