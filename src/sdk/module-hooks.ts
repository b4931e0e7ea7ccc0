import type { Instrumentation, InstrumentationConfig } from '@opentelemetry/instrumentation';
import { loadedModules, loadInstrumentation } from './packages.js';

/** A file of a package, and what to do with its exports when it is loaded. */
export interface ModulePatch {
  readonly packageName: string;
  readonly supportedVersions: string[];
  /** Path inside the package, with slashes. */
  readonly file: string;
  /** Gets `module.exports`, gives what takes its place. Idempotent. */
  readonly patch: (exports: unknown) => unknown;
  /** Whether a file that was loaded before us can be patched too: where `patch` changes prototypes only. */
  readonly late?: boolean;
}

/**
 * Hooks on files inside CommonJS packages. Such a file is reached by `require` from its own package also where the
 * application itself is ESM, so that no ESM loader is needed: no loader thread, no deprecated `module.register`.
 */
export function createModuleHooks(patches: readonly ModulePatch[]): Instrumentation {
  const {
    InstrumentationBase,
    InstrumentationNodeModuleDefinition: Definition,
    InstrumentationNodeModuleFile: File,
  } = loadInstrumentation();

  class ModuleHooks extends InstrumentationBase<InstrumentationConfig> {
    constructor() {
      super('barbossa-telemetry', '1', {});
    }

    protected override init() {
      return patches.map(({ packageName, supportedVersions, file, patch }) => {
        const hooked = new File(`${packageName}/${file}`, supportedVersions, patch, () => {});
        return new Definition(packageName, supportedVersions, undefined, undefined, [hooked]);
      });
    }
  }
  return new ModuleHooks();
}

/** Applies the patches that can be applied to what was loaded before the preload. */
export function patchLoadedModules(patches: readonly ModulePatch[]): void {
  const loaded = Object.entries(loadedModules());
  for (const { packageName, file, patch, late } of patches) {
    if (late !== true) continue;
    const ending = `/${packageName}/${file}`;
    for (const [name, module] of loaded) {
      if (name.replaceAll('\\', '/').endsWith(ending)) patch(module?.exports);
    }
  }
}
