import { syncBuiltinESMExports } from 'node:module';
import type { Attributes, Span } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { Config } from '../config.js';
import { patchLayer, patchRoute } from '../http/express-hook.js';
import { isInternalTraffic } from '../internal-traffic.js';
import { patchWinstonContainer, patchWinstonLogger } from '../logging/winston-bridge.js';
import { redactText } from '../logging/redaction.js';
import { INTERNAL_AGENT } from '../logging/delivery/sender.js';
import { BULLMQ_PATCHES } from '../tasks/bullmq/patches.js';
import { createModuleHooks, patchLoadedModules, type ModulePatch } from './module-hooks.js';
import { loadExpress, loadHttp, loadInstrumentation, loadRuntime, loadUndici, requireBuiltin } from './packages.js';
import { REGISTRATION_PATCH } from './registrations.js';

const EXPRESS_4 = ['>=4.0.0 <5'];
// Express 5 keeps its router in a package of its own.
const ROUTER = ['>=2.0.0 <3'];
const WINSTON = ['>=3.0.0 <4'];
const BULLMQ = ['>=5.0.0 <7'];

const PATCHES: readonly ModulePatch[] = [
  REGISTRATION_PATCH,
  { packageName: 'express', supportedVersions: EXPRESS_4, file: 'lib/router/layer.js', patch: patchLayer },
  { packageName: 'express', supportedVersions: EXPRESS_4, file: 'lib/router/route.js', patch: patchRoute },
  { packageName: 'router', supportedVersions: ROUTER, file: 'lib/layer.js', patch: patchLayer },
  { packageName: 'router', supportedVersions: ROUTER, file: 'lib/route.js', patch: patchRoute },
  {
    packageName: 'winston',
    supportedVersions: WINSTON,
    file: 'lib/winston/logger.js',
    patch: patchWinstonLogger,
    late: true,
  },
  {
    packageName: 'winston',
    supportedVersions: WINSTON,
    file: 'lib/winston/container.js',
    patch: patchWinstonContainer,
    late: true,
  },
];

function listPatches({ tasks }: Config): readonly ModulePatch[] {
  if (!tasks.bullmq) return PATCHES;
  const bullmq = Object.entries(BULLMQ_PATCHES).map(([name, patch]) => {
    const file = `dist/cjs/classes/${name}`;
    return { packageName: 'bullmq', supportedVersions: BULLMQ, file, patch, late: true };
  });
  return [...PATCHES, ...bullmq];
}

/**
 * Everything that is patched from outside: Express' routes, winston, BullMQ, outgoing requests, the runtime's metrics.
 * Incoming requests are ours (src/http): see docs/adr/0003.
 */
export function createInstrumentations(config: Config): Instrumentation[] {
  const list: Instrumentation[] = [
    createModuleHooks(listPatches(config)),
    new (loadHttp().HttpInstrumentation)({
      disableIncomingRequestInstrumentation: true,
      ignoreOutgoingRequestHook: (request) => isInternalTraffic() || isInternal(request.agent),
      requestHook: hideSecrets,
    }),
    new (loadUndici().UndiciInstrumentation)({ ignoreRequestHook: isInternalTraffic, requestHook: hideSecrets }),
    new (loadRuntime().RuntimeNodeInstrumentation)(),
  ];
  if (config.traces.expressLayers) list.push(createExpressLayers());
  return list;
}

const URL_ATTRIBUTES = ['url.full', 'url.query', 'url.path'];

/** Tokens travel in the URLs of outgoing requests, which must not reach whoever reads the spans. */
function hideSecrets(span: Span): void {
  const { attributes } = span as { readonly attributes?: Attributes };
  for (const name of URL_ATTRIBUTES) {
    const value = attributes?.[name];
    if (typeof value !== 'string') continue;
    const shown = redactText(value);
    if (shown !== value) span.setAttribute(name, shown);
  }
}

/** To be called when the instrumentations are there: what was loaded before them is patched now. */
export function applyInstrumentations(config: Config): void {
  patchLoadedModules(listPatches(config));
  requireBuiltin('http');
  requireBuiltin('https');
  // `import { request } from 'node:http'` is a copy of what require sees.
  syncBuiltinESMExports();
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

function isInternal(agent: unknown): boolean {
  return typeof agent === 'object' && agent !== null && INTERNAL_AGENT in agent;
}
