import { hostname } from 'node:os';
import type { resources } from '@opentelemetry/sdk-node';
import type { Config } from '../config.js';
import { loadResources } from './packages.js';

/**
 * What is told of this process with everything that it sends. The command line is left out: it may hold secrets.
 * `OTEL_RESOURCE_ATTRIBUTES` wins over what is found out, `OTEL_SERVICE_NAME` and `BARBOSSA_ROLE` over both.
 */
export function createResource(config: Config, version: string): resources.Resource {
  const { defaultResource, resourceFromAttributes } = loadResources();
  return defaultResource().merge(
    resourceFromAttributes({
      'service.version': version,
      'host.name': hostname(),
      'process.pid': process.pid,
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
      ...config.general.resourceAttributes,
      'service.name': config.general.serviceName,
      'barbossa.role': config.general.role,
    }),
  );
}
