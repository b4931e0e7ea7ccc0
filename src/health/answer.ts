import { KnownFailure } from '../diagnostics/failure.js';

const STATUSES = ['healthy', 'warning', 'degraded', 'unhealthy'] as const;

/**
 * - `healthy`; `warning`: works, and somebody should look.
 * - `degraded`: does not work, and the process does without it.
 * - `unhealthy`: does not work, and the process is not healthy either.
 */
export type HealthStatus = (typeof STATUSES)[number];

/** Numbers and flags that the health document shows beside the status, `free_percent` for instance. */
export type Figures = Readonly<Record<string, number | boolean>>;

/**
 * What a check may answer: nothing or true where all is well, false where it is not, a status, or an object with a
 * status and figures. Texts are not shown: they may tell a stranger what is not for him.
 */
export type HealthCheckAnswer = void | boolean | HealthStatus | { readonly status: HealthStatus };

/** An answer that was understood. */
export interface ParsedAnswer {
  /** `failed` is what the check's importance makes of it. */
  readonly status: HealthStatus | 'failed';
  readonly figures: Figures;
}

const MAX_FIGURES = 20;
const FIGURE_NAME = /^[a-z][a-z0-9_]{0,39}$/;
/** Names that the document has for itself. */
const RESERVED = new Set(['status', 'error', 'critical', 'duration_ms', 'checked_at']);

/** @throws KnownFailure where the answer is none. */
export function parseAnswer(answer: unknown): ParsedAnswer {
  if (answer === undefined || answer === true) return { status: 'healthy', figures: {} };
  if (answer === false) return { status: 'failed', figures: {} };
  if (isStatus(answer)) return { status: answer, figures: {} };
  if (typeof answer !== 'object' || answer === null) throw describeNonsense(typeof answer);
  const { status, ...rest } = answer as Readonly<Record<string, unknown>>;
  if (!isStatus(status)) throw describeNonsense('an object without a known status');
  return { status, figures: pickFigures(rest) };
}

function isStatus(value: unknown): value is HealthStatus {
  return STATUSES.some((status) => status === value);
}

function describeNonsense(what: string): KnownFailure {
  return new KnownFailure('invalid answer', `the check answered ${what}; a status is one of ${STATUSES.join(', ')}`);
}

function pickFigures(rest: Readonly<Record<string, unknown>>): Figures {
  const shown = Object.entries(rest).filter(
    (entry): entry is [string, number | boolean] =>
      FIGURE_NAME.test(entry[0]) &&
      !RESERVED.has(entry[0]) &&
      (typeof entry[1] === 'boolean' || (typeof entry[1] === 'number' && Number.isFinite(entry[1]))),
  );
  return Object.fromEntries(shown.slice(0, MAX_FIGURES));
}
