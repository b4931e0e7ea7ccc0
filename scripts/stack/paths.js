import { fileURLToPath } from 'node:url';

/** A path in the repository. @param {string} path */
export function fromRoot(path) {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** The ignored folder that `npm run stack:install` fills. */
export const STACK_FOLDER = fromRoot('.stack');
export const COLLECTOR_FOLDER = fromRoot('.stack/collector');
export const COLLECTOR_BINARY = fromRoot('.stack/collector/otelcol');
export const ELASTICSEARCH_FOLDER = fromRoot('.stack/elasticsearch');
export const KAFKA_FOLDER = fromRoot('.stack/kafka');
