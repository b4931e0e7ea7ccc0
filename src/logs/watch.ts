import type { LogEntry } from './record.js';

/** Sees an entry that is emitted, without its secrets. Must not throw and must not log. */
export type EntryWatcher = (entry: LogEntry) => void;

const SHARED = Symbol.for('barbossa-telemetry.watch');
const shared = globalThis as { [SHARED]?: { watcher: EntryWatcher } };
const nobody: EntryWatcher = () => {};
// Symbol.for: the lines of an application whose bundle holds a copy of this package are seen too.
const state = (shared[SHARED] ??= { watcher: nobody });

/** Shows an entry to who watches. Does nothing while nobody does. */
export function noteEntry(entry: LogEntry): void {
  state.watcher(entry);
}

/** Shows every entry from now on to `watcher`, in place of an earlier one. @returns Ends it. */
export function watchEntries(watcher: EntryWatcher): () => void {
  state.watcher = watcher;
  return () => {
    if (state.watcher === watcher) state.watcher = nobody;
  };
}
