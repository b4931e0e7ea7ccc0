import { logs } from '@opentelemetry/api-logs';
import { captureFrames } from '../logs/caller.js';
import { findOwnApiVersion, findVersionOf } from './foreign.js';

/** Where every copy of `@opentelemetry/api` 1 keeps what is registered, and the version that it was registered with. */
const API_KEY = Symbol.for('opentelemetry.js.api.1');
const SIGNALS = ['trace', 'metrics', 'context', 'propagation', 'logs'] as const;

/**
 * A copy reads a global that is as new as itself or newer, and no other. What one minor version has more than the one before is
 * in the copy itself, not in what is registered: every 1.x copy can work with ours.
 */
const FOR_EVERY_COPY = '1.9999.0';

type Signal = (typeof SIGNALS)[number];
type ApiGlobal = Record<string, unknown> & { diag?: unknown };

/**
 * To be called before anything of ours is registered: a copy of another version has perhaps kept its logger for
 * OpenTelemetry's messages there, which would lock everybody else out.
 */
export function prepareRegistrations(): void {
  const api = readGlobal();
  const version = findOwnApiVersion();
  // Made anew: some versions make their version read-only.
  if (api !== undefined && api['version'] !== version) defineGlobal({ ...api, version });
}

/**
 * To be called when our own SDK is registered; what is registered until then is ours. Opens it to every copy of
 * `@opentelemetry/api` 1 in the process, and tells once when somebody else registers a tracer, a meter, a context manager or a
 * propagator, before the API looks whether one is there: what is let go of in the callback makes room for it.
 */
export function watchRegistrations(onForeign: (signal: string) => void): void {
  const api = readGlobal();
  if (api === undefined) return;
  api['version'] = FOR_EVERY_COPY;
  // From 1.10 on the API has the logs too.
  api['logs'] = logs.getLoggerProvider();
  const ourDiag = api.diag;
  Object.defineProperty(globalThis, API_KEY, {
    configurable: true,
    enumerable: true,
    get: () => api,
    // All that register something assign the global first, with itself where there is one; nobody else assigns it.
    set: (value: unknown) => {
      if (value === api) awaitRegistration(api, { ourDiag, onForeign });
      else defineGlobal(value);
    },
  });
}

interface Watch {
  readonly ourDiag: unknown;
  readonly onForeign: (signal: string) => void;
}

/**
 * Within one call of the API's `registerGlobal`: it looks whether the signal is there, then whether the version is its
 * own. Where it looks for no signal it replaces the logger for OpenTelemetry's messages, and is welcome to.
 */
function awaitRegistration(api: ApiGlobal, watch: Watch): void {
  const version = findCallersVersion();
  const kept = Object.entries(api);
  const settle = (): void => {
    for (const name of [...SIGNALS, 'version']) delete api[name];
    Object.assign(api, Object.fromEntries(kept));
  };
  for (const signal of SIGNALS) {
    defineGetter(api, signal, () => {
      settle();
      giveWay(api, signal, { ...watch, version });
      return api[signal];
    });
  }
  defineGetter(api, 'version', () => {
    settle();
    return version ?? findOwnApiVersion();
  });
}

/** Ours is taken back, and the global is as if the other SDK's copy of the API had made it. */
function giveWay(
  api: ApiGlobal,
  signal: Signal,
  { version, ourDiag, onForeign }: Watch & { version: string | undefined },
): void {
  const { context } = api;
  defineGlobal(api);
  onForeign(signal);
  for (const name of SIGNALS) delete api[name];
  // The application's own logger for OpenTelemetry's messages stays its own.
  if (api.diag === ourDiag) delete api.diag;
  api['version'] = version ?? findOwnApiVersion();
  if (version === undefined) awaitRefusal(api, signal === 'context' ? context : undefined);
}

/**
 * A copy of the API inside a bundle does not say its version. If it is not ours its first registration is refused, and the
 * global is made anew by its second one. What comes first is mostly the context manager: ours does the same.
 */
function awaitRefusal(api: ApiGlobal, context: unknown): void {
  const isRefused = (): boolean => SIGNALS.every((name) => api[name] === undefined);
  Object.defineProperty(globalThis, API_KEY, {
    configurable: true,
    enumerable: true,
    get: () => {
      if (isRefused()) return undefined;
      defineGlobal(api);
      return api;
    },
    set: (fresh: ApiGlobal) => {
      defineGlobal(fresh);
      if (context !== undefined) fresh['context'] ??= context;
    },
  });
}

/** The version of the copy of the API that assigns the global now; undefined for one inside a bundle. */
function findCallersVersion(): string | undefined {
  const [, caller] = captureFrames(awaitRegistration, 2);
  return findVersionOf(caller?.getFileName() ?? '');
}

function defineGetter(api: ApiGlobal, name: string, get: () => unknown): void {
  const set = (value: unknown): void => {
    Object.defineProperty(api, name, { configurable: true, enumerable: true, writable: true, value });
  };
  Object.defineProperty(api, name, { configurable: true, enumerable: true, get, set });
}

function defineGlobal(value: unknown): void {
  Object.defineProperty(globalThis, API_KEY, { configurable: true, enumerable: true, writable: true, value });
}

function readGlobal(): ApiGlobal | undefined {
  return (globalThis as Record<symbol, unknown>)[API_KEY] as ApiGlobal | undefined;
}
