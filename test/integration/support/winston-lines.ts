/** A record as a case of `apps/winston-cases.cjs` must give it: severity number, scope, and body. */
export type ExpectedLine = readonly [severityNumber: number, scope: string, body: string];

/** What comes of a case. */
export interface ExpectedCase {
  /** In any order: lines that were written in one millisecond have none. */
  readonly lines: readonly ExpectedLine[];
  /** Lines on stdout that carry the request's id. */
  readonly printed: number;
}

const INFO = 9;
const WARN = 13;
const ERROR = 17;

function written(lines: readonly ExpectedLine[], printed = lines.length): ExpectedCase {
  return { lines, printed };
}

function each(count: number, body: (n: number) => string): ExpectedLine[] {
  return Array.from({ length: count }, (_, n) => [INFO, 'winston', body(n)] as const);
}

function levels(numbers: Readonly<Record<string, number>>): ExpectedCase {
  return written(Object.entries(numbers).map(([name, number]) => [number, 'winston', `at ${name}`] as const));
}

/** By case. */
export const EXPECTED_LINES: Readonly<Record<string, ExpectedCase>> = {
  plain: written([
    [INFO, 'winston', 'one'],
    [WARN, 'winston', 'two'],
    [ERROR, 'winston', 'three'],
    [INFO, 'winston', 'four'],
    [INFO, 'winston', '{"an":"object"}'],
    [INFO, 'winston', '42'],
    [INFO, 'winston', ''],
  ]),
  standard: written([
    [INFO, 'winston', 'by the default logger'],
    [WARN, 'winston', 'and again'],
    [ERROR, 'winston', 'by its child'],
  ]),
  child: written([
    [INFO, 'winston', 'by a child'],
    [WARN, 'winston', 'by a grandchild'],
    [ERROR, 'winston', 'by a child, an error'],
  ]),
  npm: levels({ error: 17, warn: 13, info: 9, http: 7, verbose: 6, debug: 5, silly: 1 }),
  syslog: levels({ emerg: 21, alert: 19, crit: 18, error: 17, warning: 13, notice: 10, info: 9, debug: 5 }),
  cli: levels({
    error: 17,
    warn: 13,
    help: 11,
    data: 10,
    info: 9,
    debug: 5,
    prompt: 4,
    verbose: 3,
    input: 2,
    silly: 1,
  }),
  custom: levels({ fatal: 21, error: 17, caution: 13, info: 9, chatter: 5 }),
  container: written([
    [INFO, 'library', 'by a container'],
    [WARN, 'library', 'by the same'],
    [INFO, 'shelf', 'by the common container'],
  ]),
  named: written([
    [INFO, 'imports', 'by its label'],
    [INFO, 'downloads', 'by its field'],
  ]),
  readable: written([
    [WARN, 'winston', 'in color'],
    [INFO, 'winston', 'simple'],
    [INFO, 'winston', 'logstash'],
  ]),
  filtered: written([
    [WARN, 'winston', 'at the level'],
    [5, 'winston', 'at the new level'],
  ]),
  transports: written(
    [
      [INFO, 'winston', 'printed by both'],
      [5, 'winston', 'printed by the second'],
    ],
    1,
  ),
  silent: written(
    [
      [ERROR, 'winston', 'heard'],
      [INFO, 'winston', 'for a silent transport'],
    ],
    1,
  ),
  exceptions: written([
    [ERROR, 'winston', 'the scan failed'],
    [ERROR, 'winston', 'with an error behind the scan failed'],
    [ERROR, 'winston', 'with an error in a field'],
    [ERROR, 'winston', 'the scan failed'],
    [ERROR, 'winston', 'several'],
    [ERROR, 'winston', 'a message with a stack of its own'],
  ]),
  splat: written([
    [INFO, 'winston', 'Blue Train has 5 tracks'],
    [INFO, 'winston', '100% of {"a":1}'],
    [INFO, 'winston', 'Giant Steps without the format'],
  ]),
  dropping: written([
    [INFO, 'winston', 'let through'],
    [INFO, 'winston', 'scrubbed'],
  ]),
  timers: written([
    [INFO, 'winston', 'scan'],
    [WARN, 'winston', 'timed'],
  ]),
  moving: written(
    [
      [INFO, 'winston', 'to the first'],
      [INFO, 'winston', 'to both'],
      [INFO, 'winston', 'to the second'],
      [ERROR, 'winston', 'after configure'],
      [ERROR, 'winston', 'after clear'],
    ],
    6,
  ),
  piped: written([
    [INFO, 'winston', 'piped 1'],
    [INFO, 'winston', 'piped 2'],
    [INFO, 'winston', 'piped 3'],
    [WARN, 'winston', 'written'],
  ]),
  nowhere: written(
    each(40, (n) => `to nobody ${n}`),
    0,
  ),
  slowly: written(each(60, (n) => `slowly ${n}`)),
  ownfields: written([[INFO, 'winston', 'its own']], 0),
  shared: written([[INFO, 'winston', 'logged twice']]),
  later: written([
    [INFO, 'winston', 'by a timer'],
    [INFO, 'winston', 'by a tick'],
    [INFO, 'winston', 'by a promise'],
  ]),
  nested: written([
    [INFO, 'winston', 'by the format'],
    [INFO, 'winston', 'outer'],
    [INFO, 'winston', 'with an echo'],
    [INFO, 'winston', 'within a line'],
  ]),
};
