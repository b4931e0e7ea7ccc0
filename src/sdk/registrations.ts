import { metrics, propagation, trace } from '@opentelemetry/api';
import type { ModulePatch } from './module-hooks.js';

/** Where `@opentelemetry/api` 1 keeps what is registered, and the version that it was registered with. */
const API_KEY = Symbol.for('opentelemetry.js.api.1');
const SIGNALS = new Set(['trace', 'metrics', 'context', 'propagation']);
const PATCHED = Symbol('barbossa-telemetry.patched');

interface ApiGlobal {
  diag?: unknown;
}

type Register = (type: string, ...rest: unknown[]) => boolean;

let onForeign: ((signal: string) => void) | undefined;
let ourDiag: unknown;

/** Every copy of `@opentelemetry/api` in the process registers through one function of this file. */
export const REGISTRATION_PATCH: ModulePatch = {
  packageName: '@opentelemetry/api',
  supportedVersions: ['>=1.0.0 <2'],
  file: 'build/src/internal/global-utils.js',
  patch: patchRegistrations,
  late: true,
};

/**
 * Tells once when somebody else registers a tracer, a meter, a context manager or a propagator, before the API looks
 * whether one is there: what is let go of in the callback makes room for it. To be called when our own SDK is
 * registered; what is registered until then is ours.
 */
export function watchRegistrations(callback: (signal: string) => void): void {
  onForeign = callback;
  ourDiag = readGlobal()?.diag;
}

/** Forgets everything that is registered, with the version that everything else would have to have. */
export function clearRegistrations(): void {
  const diag = readGlobal()?.diag;
  delete (globalThis as Record<symbol, unknown>)[API_KEY];
  // The application's own logger for OpenTelemetry's messages stays its own.
  keptDiag = diag === ourDiag ? undefined : diag;
}

let keptDiag: unknown;

/**
 * Lets go of ours where the other SDK's first registration has been refused already, which is what a copy of the API
 * inside a bundle comes to: nobody can be asked before it looks. What comes first is the context manager, and ours does
 * the same as the one that was refused: it stays.
 */
export function disableSignals(): void {
  trace.disable();
  metrics.disable();
  propagation.disable();
}

function patchRegistrations(exports: unknown): unknown {
  const target = exports as { registerGlobal?: Register & { [PATCHED]?: boolean } };
  const original = target.registerGlobal;
  if (typeof original !== 'function' || original[PATCHED] === true) return exports;
  const registerGlobal: Register & { [PATCHED]?: boolean } = (type, ...rest) => {
    if (SIGNALS.has(type)) tellOnce(type);
    const registered = original(type, ...rest);
    restoreDiag();
    return registered;
  };
  registerGlobal[PATCHED] = true;
  target.registerGlobal = registerGlobal;
  return exports;
}

function tellOnce(signal: string): void {
  const tell = onForeign;
  onForeign = undefined;
  tell?.(signal);
}

function restoreDiag(): void {
  const api = readGlobal();
  if (keptDiag === undefined || api === undefined) return;
  api.diag ??= keptDiag;
  keptDiag = undefined;
}

function readGlobal(): ApiGlobal | undefined {
  return (globalThis as Record<symbol, unknown>)[API_KEY] as ApiGlobal | undefined;
}
