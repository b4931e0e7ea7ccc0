import { resolveAtStart } from '../application/start-folder.js';
import { isEndless } from '../files/small-file.js';
import type { Problem } from './setting.js';

/** What OpenTelemetry's exporters of spans read in PEM: for spans alone, and where that is not set for all signals. */
const SPAN_FILES = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].map((name) => [
  `OTEL_EXPORTER_OTLP_TRACES_${name}`,
  `OTEL_EXPORTER_OTLP_${name}`,
]);
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];

/** Variables as OpenTelemetry's exporters of spans are to see them. */
export interface SpanVariables {
  /** Those that differ from what was given. Blank is unset. */
  readonly values: Readonly<Record<string, string>>;
  /** The exporter for gRPC reads them when it connects, which is after the start. */
  readonly areReadLater: boolean;
}

/** Nothing differs. */
export const AS_GIVEN: SpanVariables = { values: {}, areReadLater: false };

/**
 * Makes the paths absolute, from the folder at the start, and leaves out those of pipes and devices: OpenTelemetry opens any
 * file, and the application would wait for ever. Like OpenTelemetry, it does without a file that cannot be read, and says so.
 */
export function readSpanFiles(env: NodeJS.ProcessEnv, problems: Problem[]): SpanVariables {
  const values: Record<string, string> = {};
  for (const names of SPAN_FILES) {
    const [variable, given] = findSet(names, env);
    const file = resolveAtStart(given);
    if (variable === undefined) continue;
    if (isEndless(file)) {
      for (const name of names) values[name] = '';
      problems.push(`${variable}: ${given} is not a file; allowed: a file in PEM; used instead for spans: none`);
    } else if (file !== given) values[variable] = file;
  }
  return { values, areReadLater: findSet(PROTOCOLS, env)[1].toLowerCase() === 'grpc' };
}

function findSet(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
): readonly [variable: string | undefined, text: string] {
  const variable = names.find((name) => (env[name]?.trim() ?? '') !== '');
  return [variable, variable === undefined ? '' : (env[variable]?.trim() ?? '')];
}
