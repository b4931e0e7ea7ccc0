import { parseLevel, type Level } from './levels.js';

/** Loggers that are noisy at INFO, the guide's "silence noisy loggers". */
const DEFAULT_LOG_LEVELS = 'express=warning,http=warning';

/** Levels by logger name, and what could not be used: one sentence for each entry. */
export interface ParsedLogLevels {
  readonly levels: ReadonlyMap<string, Level>;
  readonly problems: string[];
}

const MAX_SHOWN_CHARS = 80;

/**
 * Reads `BARBOSSA_LOG_LEVELS`: `name=level` pairs with commas between. They are added to the defaults
 * (`express=warning,http=warning`) and win over them; the last entry of a name wins. An unusable entry is left out and told.
 */
export function parseLogLevels(text: string): ParsedLogLevels {
  const levels = new Map<string, Level>();
  const problems: string[] = [];
  for (const entry of `${DEFAULT_LOG_LEVELS},${text}`.split(',')) {
    if (entry.trim() !== '') addEntry(entry.trim(), levels, problems);
  }
  return { levels, problems };
}

function addEntry(entry: string, levels: Map<string, Level>, problems: string[]): void {
  const at = entry.lastIndexOf('=');
  const name = entry.slice(0, at).trim();
  const level = parseLevel(entry.slice(at + 1));
  const shown = JSON.stringify(entry.length > MAX_SHOWN_CHARS ? `${entry.slice(0, MAX_SHOWN_CHARS)}…` : entry);
  if (at < 0) problems.push(`${shown} has no "="; allowed: name=level`);
  else if (name === '') problems.push(`${shown} has no logger name before "="`);
  else if (level === undefined) problems.push(`${shown} has no known level; allowed: debug, info, warning or error`);
  else levels.set(name, level);
}

/**
 * A function from a logger's name to its level: that of the longest entry which is the name itself or ends at one of
 * its dots (`express` covers `express.router`), else `base`.
 */
export function createThreshold(base: Level, levels: ReadonlyMap<string, Level>): (loggerName: string) => Level {
  return (loggerName) => {
    for (let end = loggerName.length; end > 0; end = loggerName.lastIndexOf('.', end - 1)) {
      const level = levels.get(loggerName.slice(0, end));
      if (level !== undefined) return level;
    }
    return base;
  };
}
