import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { Config } from '../config/config.js';
import { loadExpress, loadInstrumentation } from './packages.js';
import { createRuntimeInstrumentation } from './runtime-metrics.js';

export type { Instrumentation };

/**
 * OpenTelemetry's own instrumentations: the runtime's metrics, Express' layers. Incoming requests (src/http) and outgoing
 * ones (src/http/outgoing) are ours: see docs/adr/0003 and 0017.
 */
export function createInstrumentations(config: Config): Instrumentation[] {
  const list: Instrumentation[] = [createRuntimeInstrumentation()];
  if (config.traces.expressLayers) list.push(createExpressLayers());
  return list;
}

/** instrumentation-express, hooked on the file behind the package's entry, which an ESM import passes too. */
function createExpressLayers(): Instrumentation {
  const { ExpressInstrumentation } = loadExpress();
  const { InstrumentationNodeModuleFile } = loadInstrumentation();
  class ExpressLayers extends ExpressInstrumentation {
    override init(): ReturnType<InstanceType<typeof ExpressInstrumentation>['init']> {
      const definitions = super.init();
      for (const definition of definitions) {
        const { patch, unpatch, supportedVersions } = definition;
        if (patch === undefined) continue;
        const file = 'express/lib/express.js';
        const hooked = new InstrumentationNodeModuleFile(file, supportedVersions, patch, unpatch ?? (() => {}));
        definition.files.push(hooked);
        definition.patch = (exports: unknown) => exports;
      }
      return definitions;
    }
  }
  return new ExpressLayers();
}
