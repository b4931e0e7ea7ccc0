import { findModule } from '../../application/app-module.js';
import type { Config } from '../../config/config.js';
import type { BuiltInCheck } from '../../config/settings/health.js';
import { diag } from '../../diagnostics/diag.js';
import type { CheckDefinition } from '../check.js';

export type HealthConfig = Config['health'];

/** A check that the environment may ask for. Its settings are rows of `src/config/settings/health.ts`. */
export interface BuiltIn {
  readonly name: BuiltInCheck;
  /** Barbossa does without it: it is `degraded` then. Without one of the others it is `unhealthy`. */
  readonly optional?: true;
  /** Makes its work, without connecting, loading or asking anything. Undefined where the environment does not ask for it. */
  readonly make: (config: HealthConfig) => Pick<CheckDefinition, 'run' | 'close'> | undefined;
}

/** A package of the application, loaded when it is needed. Undefined, with one line, where it is not installed. */
export function requireModule<T>(name: string, variable: string, alternative: string): (() => T) | undefined {
  const load = findModule<T>(name);
  if (load === undefined) {
    diag.warn(
      `${variable} is set, but the package ${name} is not installed: there is no such health check; ` +
        `install it, or give ${alternative} your own client`,
    );
  }
  return load;
}
