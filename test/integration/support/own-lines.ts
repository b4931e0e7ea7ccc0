import type { AppProcess } from './app-process.js';

const PREFIX = '[barbossa-telemetry] ';

/** What the package has said on stderr, without its prefix. */
export function readOwnLines(app: AppProcess): string[] {
  return app
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith(PREFIX))
    .map((line) => line.slice(PREFIX.length));
}

/** Everything else on stderr. */
export function readOtherLines(app: AppProcess): string[] {
  return app
    .stderr()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(PREFIX));
}
