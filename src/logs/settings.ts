import { LEVEL_SEVERITY, type Level } from './levels.js';
import { createThreshold, parseLogLevels } from './quiet.js';

/** What the loggers of `getLogger` print and send. */
export interface LoggingOptions {
  /** One JSON object a line, or `time | LEVEL | logger | message`. Default: readable. */
  readonly format: 'json' | 'readable';
  /** ANSI colors in readable lines. Default: false. */
  readonly color: boolean;
  /** Least severe level. Default: INFO. */
  readonly level: Level;
  /** Levels of single loggers and what is below them; see `createThreshold`. Default: those of `parseLogLevels('')`. */
  readonly levels: ReadonlyMap<string, Level>;
  /** Least severe level at which the caller is looked up. Default: ERROR. */
  readonly callerLevel: Level | 'off';
  /** The field `service.name` of JSON lines. Default: `barbossa`. */
  readonly serviceName: string;
}

/** The options in the form that is quick to ask. */
export interface LoggingSettings {
  readonly format: 'json' | 'readable';
  readonly color: boolean;
  readonly serviceName: string;
  /** The least severity number that a logger of that name lets through. */
  readonly findThreshold: (loggerName: string) => number;
  /** The least severity number at which the caller is looked up. */
  readonly callerThreshold: number;
}

let settings = prepare({
  format: 'readable',
  color: false,
  level: 'INFO',
  levels: parseLogLevels('').levels,
  callerLevel: 'ERROR',
  serviceName: 'barbossa',
});

/** Sets how all loggers behave, those that exist already too. */
export function configureLogging(options: LoggingOptions): void {
  settings = prepare(options);
}

/** What is in force now. A new object after each `configureLogging`. */
export function getLoggingSettings(): LoggingSettings {
  return settings;
}

function prepare({ format, color, level, levels, callerLevel, serviceName }: LoggingOptions): LoggingSettings {
  const findLevel = createThreshold(level, levels);
  return {
    format,
    color,
    serviceName,
    findThreshold: (loggerName) => LEVEL_SEVERITY[findLevel(loggerName)],
    callerThreshold: callerLevel === 'off' ? Number.POSITIVE_INFINITY : LEVEL_SEVERITY[callerLevel],
  };
}
