import { diag as otelDiag, DiagLogLevel } from '@opentelemetry/api';
import { BoundedMap } from '../collections/bounded-map.js';
import { describeError, diag, type DiagLevel } from '../diagnostics/diag.js';

const LEVELS: Readonly<Record<DiagLevel, DiagLogLevel>> = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  // What OpenTelemetry tells at INFO is of no use to who runs an application.
  info: DiagLogLevel.WARN,
  debug: DiagLogLevel.DEBUG,
};

/** Most repetitions of one message of OpenTelemetry's within a minute. */
const MAX_REPEATS = 1;
const WINDOW_MS = 60_000;
/** Different messages that are counted. */
const MAX_MESSAGES = 500;

/**
 * Lets OpenTelemetry's own messages out through our one voice: a line each, repeated at most once a minute.
 * @param problems What has been said of the environment already: OpenTelemetry reads some of the variables too.
 */
export function routeOtelDiag(level: DiagLevel, problems: readonly string[]): void {
  const told = problems.map((problem) => problem.split(' ', 1)[0] ?? problem);
  // Of an endpoint it tells the value alone.
  if (told.some((variable) => variable.endsWith('_ENDPOINT'))) told.push('export URL');
  const seen = new BoundedMap<string, { sinceMs: number; count: number }>(MAX_MESSAGES);
  const passes = (message: string): boolean => {
    // The application takes these messages over: its own affair.
    if (message.startsWith('Current logger will be overwritten')) return false;
    if (told.some((variable) => message.includes(variable))) return false;
    const nowMs = performance.now();
    const entry = seen.get(message);
    if (entry !== undefined && nowMs - entry.sinceMs < WINDOW_MS) return (entry.count += 1) <= MAX_REPEATS;
    seen.set(message, { sinceMs: nowMs, count: 1 });
    return true;
  };
  const say =
    (speak: (message: string) => void) =>
    (first: string, ...rest: unknown[]) => {
      const message = [first, ...rest].map((part) => (typeof part === 'string' ? part : describeError(part))).join(' ');
      if (passes(message)) speak(`OpenTelemetry: ${message}`);
    };
  otelDiag.setLogger(
    {
      error: say(diag.error),
      warn: say(diag.warn),
      info: say(diag.debug),
      debug: say(diag.debug),
      verbose: say(diag.debug),
    },
    { logLevel: LEVELS[level], suppressOverrideMessage: true },
  );
}
