import type { DiagLevel } from '../../diagnostics/diag.js';
import { listOf, oneOf, parseBoolean, parsePairs, BOOLEAN, HEADER_WORDS, setting } from '../setting.js';

/** Those of sdk-node. */
const DETECTORS = ['env', 'host', 'os', 'process', 'serviceinstance'] as const;

function parseDetectors(text: string): readonly string[] | undefined {
  const names = listOf(oneOf(['all', 'none', ...DETECTORS]))(text);
  if (names === undefined) return undefined;
  if (names.includes('all')) return DETECTORS;
  return names.filter((name) => name !== 'none');
}

/** What the package does at all. */
export const GENERAL = {
  disabled: setting({
    variable: 'OTEL_SDK_DISABLED',
    about: 'Leaves the application alone: nothing is started, nothing is patched.',
    allowed: BOOLEAN,
    fallback: false,
    parse: parseBoolean,
  }),
  serviceName: setting<string | undefined>({
    variable: 'OTEL_SERVICE_NAME',
    about: 'The service that metrics, logs and spans are told apart by.',
    allowed: 'at most 120 characters',
    fallback: undefined,
    fallbackText: '`service.name` of OTEL_RESOURCE_ATTRIBUTES, else barbossa',
    parse: (text) => (text.length <= 120 ? text : undefined),
  }),
  resourceAttributes: setting<Readonly<Record<string, string>>>({
    variable: 'OTEL_RESOURCE_ATTRIBUTES',
    about: 'What else is known of this service, for instance `service.version=1.4.2,deployment.environment.name=home`.',
    allowed: HEADER_WORDS,
    fallback: {},
    fallbackText: 'none',
    parse: parsePairs,
  }),
  resourceDetectors: setting<readonly string[] | undefined>({
    variable: 'OTEL_NODE_RESOURCE_DETECTORS',
    about:
      'What is found out about the process, beside its service and `OTEL_RESOURCE_ATTRIBUTES`. The command line is left out whatever is set, and so is `host.id`.',
    allowed: `all, none, or some of ${DETECTORS.join(', ')}, comma separated`,
    fallback: undefined,
    fallbackText: 'host.name, process.pid and process.runtime.*',
    parse: parseDetectors,
  }),
  role: setting<'web' | 'worker' | undefined>({
    variable: 'BARBOSSA_ROLE',
    about: 'Which index the logs go to: `barbossa-logs-*` for the web process, `celery-logs-*` for workers.',
    allowed: 'web or worker',
    fallback: undefined,
    fallbackText: 'worker where the service name ends in "worker", else web',
    parse: oneOf(['web', 'worker']),
  }),
  diagLevel: setting<DiagLevel>({
    variable: 'OTEL_LOG_LEVEL',
    about: 'How much the package and OpenTelemetry say on stderr.',
    allowed: 'none, error, warn, info, debug, verbose or all',
    fallback: 'info',
    parse: (text) => {
      const word = text.toLowerCase();
      return word === 'verbose' || word === 'all' ? 'debug' : oneOf(['none', 'error', 'warn', 'info', 'debug'])(word);
    },
  }),
} as const;
