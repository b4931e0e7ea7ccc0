import { GENERAL } from './config/settings/general.js';
import { HEALTH } from './config/settings/health.js';
import { LOG_EXPORT } from './config/settings/log-export.js';
import { LOGGING } from './config/settings/logging.js';
import { METRICS } from './config/settings/metrics.js';
import { DEFAULT_SELECTORS, QUEUES, type QueueSelector } from './config/settings/queues.js';
import { REDACTION } from './config/settings/redaction.js';
import { TASKS } from './config/settings/tasks.js';
import { TRACES } from './config/settings/traces.js';
import { readSetting, type Problem, type Setting } from './config/setting.js';

/** The type of the object that a group of settings is read into. */
type Values<G extends Readonly<Record<string, Setting<unknown>>>> = {
  readonly [K in keyof G]: G[K] extends Setting<infer T> ? T : never;
};

/** Everything that the environment decides. */
export interface Config {
  readonly general: Values<typeof GENERAL> & { readonly serviceName: string; readonly role: 'web' | 'worker' };
  readonly metrics: Values<typeof METRICS>;
  readonly logExport: Values<typeof LOG_EXPORT> & { readonly url: string };
  readonly logging: Values<typeof LOGGING> & { readonly production: boolean };
  readonly redaction: Values<typeof REDACTION>;
  readonly health: Values<typeof HEALTH>;
  readonly queues: Values<typeof QUEUES> & { readonly selected: readonly QueueSelector[] };
  readonly tasks: Values<typeof TASKS>;
  readonly traces: Values<typeof TRACES> & { readonly exporter: 'otlp' | 'console' | 'none' };
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
  const role = general.role ?? (serviceName.endsWith('worker') ? 'worker' : 'web');
  const health = readGroup(HEALTH, env, problems);
  const queues = readGroup(QUEUES, env, problems);
  const config: Config = {
    general: { ...general, serviceName, role },
    metrics: readGroup(METRICS, env, problems),
    logExport: { ...logExport, url: logExport.logsEndpoint ?? joinPath(logExport.endpoint, 'v1/logs') },
    logging: { ...logging, production: [logging.nodeEnv, logging.environment].includes('production') },
    redaction: readGroup(REDACTION, env, problems),
    health,
    queues: {
      ...queues,
      redisUrl: queues.redisUrl ?? health.redisUrl,
      // Each process is a target of its own: in all of them, the same queue would be there several times.
      selected: queues.selectors ?? (role === 'web' ? DEFAULT_SELECTORS : []),
    },
    tasks: readGroup(TASKS, env, problems),
    traces: { ...traces, exporter: traces.exporter ?? (traces.endpoint === undefined ? 'none' : 'otlp') },
  };
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

function joinPath(base: string, path: string): string {
  return base.endsWith('/') ? base + path : `${base}/${path}`;
}

let loaded: LoadedConfig | undefined;

/** The configuration of this process, read at the first call. */
export function getConfig(): LoadedConfig {
  loaded ??= loadConfig(process.env);
  return loaded;
}

/** The options in `NODE_OPTIONS`, which Node adds to those of the command line. */
export function getNodeOptions(): string[] {
  return (process.env['NODE_OPTIONS'] ?? '').split(/\s+/).filter((option) => option !== '');
}
