/** The levels of a Barbossa log record, as the field `level` spells them. */
export type Level = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';

/**
 * A level and its OpenTelemetry severity number, 1 to 24
 * (https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber).
 */
export interface Severity {
  readonly level: Level;
  readonly severityNumber: number;
}

/** The severity number of each level: DEBUG, INFO, WARN and ERROR of OpenTelemetry. */
export const LEVEL_SEVERITY = { DEBUG: 5, INFO: 9, WARNING: 13, ERROR: 17 } as const satisfies Record<Level, number>;

/** The level a person wrote: debug, info, warning, warn or error, whatever the case; else undefined. */
export function parseLevel(text: string): Level | undefined {
  const word = text.trim().toUpperCase();
  if (word === 'WARN') return 'WARNING';
  return Object.hasOwn(LEVEL_SEVERITY, word) ? (word as Level) : undefined;
}

const TRACE = 1;
const TRACE3 = 3;
const INFO = LEVEL_SEVERITY.INFO;
const ERROR = LEVEL_SEVERITY.ERROR;
const FATAL = 21;
/** From one range of severity numbers to the next. */
const RANGE = 4;

/**
 * Level names that are known in any set. Syslog's are placed as the specification does
 * (https://opentelemetry.io/docs/specs/otel/logs/data-model-appendix/#appendix-b-severitynumber-example-mappings),
 * the ones that npm and winston's cli add as OpenTelemetry's winston transport does.
 */
const KNOWN: ReadonlyMap<string, number> = new Map([
  ['emerg', FATAL],
  ['emergency', FATAL],
  ['fatal', FATAL],
  ['critical', FATAL],
  ['alert', 19],
  ['crit', 18],
  ['error', ERROR],
  ['err', ERROR],
  ['warning', 13],
  ['warn', 13],
  ['help', 11],
  ['notice', 10],
  ['data', 10],
  ['info', INFO],
  ['http', 7],
  ['verbose', 6],
  ['debug', 5],
  ['prompt', 4],
  ['input', 2],
  ['trace', TRACE],
  ['silly', TRACE],
]);

/** One object a number, so that mapping a level allocates nothing. */
const SEVERITIES: readonly Severity[] = Array.from({ length: 25 }, (_, severityNumber) =>
  Object.freeze({ level: levelOf(severityNumber), severityNumber }),
);

function levelOf(severityNumber: number): Level {
  if (severityNumber >= LEVEL_SEVERITY.ERROR) return 'ERROR';
  if (severityNumber >= LEVEL_SEVERITY.WARNING) return 'WARNING';
  return severityNumber >= LEVEL_SEVERITY.INFO ? 'INFO' : 'DEBUG';
}

function severity(severityNumber: number): Severity {
  return SEVERITIES[severityNumber] as Severity;
}

const cache = new WeakMap<object, Map<string, Severity>>();

/**
 * The severity of a winston level: by its name where the name is known, else by its rank among the levels of its set.
 * A name that is neither known nor in the set is INFO.
 * @param levelName As the logger knows it, for instance `http`.
 * @param levels The logger's levels; lower is more severe. What is computed for a set is kept as long as the set lives.
 */
export function toSeverity(levelName: string, levels?: Readonly<Record<string, number>> | null): Severity {
  if (typeof levels !== 'object' || levels === null) return severity(findKnown(levelName) ?? INFO);
  let known = cache.get(levels);
  if (known === undefined) cache.set(levels, (known = new Map<string, Severity>()));
  const cached = known.get(levelName);
  if (cached !== undefined) return cached;
  const found = severity(rankSeverity(levelName, levels));
  // A name outside the set is not kept: it may be anything, and there may be many.
  if (Object.hasOwn(levels, levelName)) known.set(levelName, found);
  return found;
}

function findKnown(levelName: unknown): number | undefined {
  return typeof levelName === 'string' ? (KNOWN.get(levelName) ?? KNOWN.get(levelName.toLowerCase())) : undefined;
}

function rankSeverity(levelName: string, levels: Readonly<Record<string, number>>): number {
  const known = findKnown(levelName);
  // npm has verbose above debug, cli far below it.
  if (levelName === 'verbose' && Number(levels['debug']) < Number(levels['verbose'])) return TRACE3;
  if (known !== undefined) return known;
  const names = Object.keys(levels)
    .filter((name) => Number.isFinite(levels[name]))
    .toSorted((a, b) => Number(levels[a]) - Number(levels[b]));
  const rank = names.indexOf(levelName);
  return rank < 0 ? INFO : interpolate(names.map(findKnown), rank);
}

/** A number for the level at `rank` from the known ones around it; `numbers` runs from most to least severe. */
function interpolate(numbers: readonly (number | undefined)[], rank: number): number {
  const above = numbers.findLastIndex((number, index) => index < rank && number !== undefined);
  const below = numbers.findIndex((number, index) => index > rank && number !== undefined);
  const upper = numbers[above];
  const lower = numbers[below];
  if (upper !== undefined && lower !== undefined) {
    return Math.round(upper + ((lower - upper) * (rank - above)) / (below - above));
  }
  if (upper !== undefined) return Math.max(TRACE, upper - RANGE * (rank - above));
  if (lower !== undefined) return Math.min(FATAL, lower + RANGE * (below - rank));
  if (numbers.length === 1) return INFO;
  // Nothing to hold on to: the most severe is ERROR, the least DEBUG.
  return Math.round(ERROR - ((ERROR - LEVEL_SEVERITY.DEBUG) * rank) / (numbers.length - 1));
}
