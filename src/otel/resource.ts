import { hostname } from 'node:os';
import type { resources } from '@opentelemetry/sdk-node';
import type { Config } from '../config/config.js';
import { loadResources } from './packages.js';

/**
 * What is told of this process with everything that it sends. The command line is left out: it may hold secrets.
 * `OTEL_RESOURCE_ATTRIBUTES` wins over what is found out, `OTEL_SERVICE_NAME` and `BARBOSSA_ROLE` over both.
 */
export function createResource(config: Config, version: string): resources.Resource {
  const { defaultResource, resourceFromAttributes } = loadResources();
  const { general } = config;
  return defaultResource().merge(
    resourceFromAttributes({
      'service.version': version,
      ...(general.resourceDetectors === undefined ? describeProcess() : detect(general.resourceDetectors)),
      ...general.resourceAttributes,
      'service.name': general.serviceName,
      'barbossa.role': general.role,
    }),
  );
}

function describeProcess(): resources.DetectedResourceAttributes {
  return {
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
  };
}

/** What the detectors of `OTEL_NODE_RESOURCE_DETECTORS` know at once. `env` is there in any case. */
function detect(names: readonly string[]): resources.DetectedResourceAttributes {
  const { hostDetector, osDetector, processDetector, serviceInstanceIdDetector } = loadResources();
  const detectors = new Map<string, resources.ResourceDetector>([
    ['host', hostDetector],
    ['os', osDetector],
    ['process', processDetector],
    ['serviceinstance', serviceInstanceIdDetector],
  ]);
  const attributes: resources.DetectedResourceAttributes = {};
  for (const name of names) {
    for (const [key, value] of Object.entries(detectors.get(name)?.detect().attributes ?? {})) {
      const isKnown = value !== undefined && !(value instanceof Promise) && typeof value !== 'function';
      if (isKnown && !key.startsWith('process.command')) attributes[key] = value;
    }
  }
  return attributes;
}
