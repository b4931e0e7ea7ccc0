import type { DiagLevel } from '../../diag.js';
import { oneOf, parseBoolean, parsePairs } from '../setting.js';
import { BOOLEAN, HEADER_WORDS, setting } from './row.js';

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
