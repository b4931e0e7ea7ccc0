import { readLogTransport, type LogTransport } from './log-transport.js';
import { GENERAL } from './settings/general.js';
import { HEALTH } from './settings/health.js';
import { LOG_EXPORT } from './settings/log-export.js';
import { LOGGING } from './settings/logging.js';
import { METRICS } from './settings/metrics.js';
import { DEFAULT_SELECTORS, QUEUES, type QueueSelector, TASKS } from './settings/queues.js';
import { REDACTION } from './settings/redaction.js';
import { SERVERS } from './settings/servers.js';
import { TRACES } from './settings/traces.js';
import { findUnheldVariables } from './otel-variables.js';
import { AS_GIVEN, readSpanFiles, type SpanVariables } from './span-files.js';
import { readSetting, type Problem, type Setting, type Values } from './setting.js';
import { SETTINGS } from './settings.js';
import { showSetting, type ShownSetting } from './shown-setting.js';
import { readClusterEnv } from '../application/main-script.js';

/** Everything that the environment decides. */
export interface Config {
  readonly general: Values<typeof GENERAL> & { readonly serviceName: string; readonly role: 'web' | 'worker' };
  readonly metrics: Values<typeof METRICS>;
  readonly logExport: Values<typeof LOG_EXPORT> & { readonly transport: LogTransport };
  readonly logging: Values<typeof LOGGING> & { readonly production: boolean };
  readonly redaction: Values<typeof REDACTION>;
  readonly health: Values<typeof HEALTH>;
  readonly queues: Values<typeof QUEUES> & { readonly selected: readonly QueueSelector[] };
  readonly servers: Values<typeof SERVERS>;
  readonly tasks: Values<typeof TASKS>;
  readonly traces: Values<typeof TRACES> & { readonly exporter: string; readonly variables: SpanVariables };
}

/** Configuration, and what was wrong with the environment: one line for each unusable value. */
export interface LoadedConfig {
  readonly config: Config;
  readonly problems: readonly Problem[];
}

/**
 * Reads every setting. Never throws: an unusable value is a problem and its fallback is used.
 * @param env The environment, `process.env` outside tests. Nothing else in the package reads it.
 */
export function loadConfig(env: NodeJS.ProcessEnv): LoadedConfig {
  const problems: Problem[] = [];
  const general = readGroup(GENERAL, env, problems);
  const logExport = readGroup(LOG_EXPORT, env, problems);
  const logging = readGroup(LOGGING, env, problems);
  const traces = readGroup(TRACES, env, problems);
  const serviceName = general.serviceName ?? general.resourceAttributes['service.name'] ?? 'barbossa';
  const spansExporter = traces.exporter ?? (traces.endpoint === undefined ? 'none' : 'otlp');
  const role = general.role ?? (serviceName.endsWith('worker') ? 'worker' : 'web');
  const health = readGroup(HEALTH, env, problems);
  const queues = readGroup(QUEUES, env, problems);
  const config: Config = {
    general: { ...general, serviceName, role },
    metrics: readGroup(METRICS, env, problems),
    logExport: { ...logExport, transport: readLogTransport(logExport, env, problems, spansExporter.includes('otlp')) },
    logging: { ...logging, production: [logging.nodeEnv, logging.environment].includes('production') },
    redaction: readGroup(REDACTION, env, problems),
    health,
    queues: {
      ...queues,
      redisUrl: queues.redisUrl ?? health.redisUrl,
      // Each process is a target of its own: in all of them, the same queue would be there several times.
      selected: queues.selectors ?? (role === 'web' ? DEFAULT_SELECTORS : []),
    },
    servers: readGroup(SERVERS, env, problems),
    tasks: readGroup(TASKS, env, problems),
    traces: {
      ...traces,
      exporter: spansExporter,
      variables: spansExporter.includes('otlp') ? readSpanFiles(env, problems) : AS_GIVEN,
    },
  };
  problems.push(...findUnheldVariables(env));
  return { config, problems };
}

function readGroup<G extends Readonly<Record<string, Setting<unknown>>>>(
  group: G,
  env: NodeJS.ProcessEnv,
  problems: Problem[],
): Values<G> {
  const entries = Object.entries(group).map(([key, setting]) => [key, readSetting(setting, env, problems)]);
  return Object.fromEntries(entries) as Values<G>;
}

let loaded: LoadedConfig | undefined;

/** The configuration of this process, read at the first call. */
export function getConfig(): LoadedConfig {
  loaded ??= loadConfig(readEnvironment());
  return loaded;
}

/** Every setting as it may be shown to who reads the admin server, of the environment that the configuration is made from. */
export function showSettings(): readonly ShownSetting[] {
  const env = readEnvironment();
  return Object.entries(SETTINGS).flatMap(([group, rows]) =>
    Object.values<Setting<unknown>>(rows).map((row) => showSetting(group, row, env)),
  );
}

/** Does some synchronous work that reads variables, which have other values for as long as it takes. */
export function withVariables(values: Readonly<Record<string, string>>, work: () => void): void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Sets variables for as long as the process lives: for OpenTelemetry, which reads them at some later time. */
export function setVariables(values: Readonly<Record<string, string>>): void {
  Object.assign(process.env, values);
}

/** What the C library reads of the environment when it looks up names. */
export function getResolverVariables(): NodeJS.ProcessEnv {
  const { LOCALDOMAIN, RES_OPTIONS } = process.env;
  return { LOCALDOMAIN, RES_OPTIONS };
}

/**
 * The environment as the application will see it. OpenTelemetry reads some of its variables itself, so that those are set a
 * moment before pm2 would do it.
 */
function readEnvironment(): NodeJS.ProcessEnv {
  const later = readClusterEnv(process.env);
  for (const [name, value] of Object.entries(later)) if (name.startsWith('OTEL_')) process.env[name] = value;
  return { ...process.env, ...later };
}
