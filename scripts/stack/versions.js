import { readFileSync } from 'node:fs';

const MANIFEST = new URL('../../otel-collector/builder.yaml', import.meta.url);

/** Version of the collector and all of its parts; otel-collector/builder.yaml is where it is written down. */
export const COLLECTOR_VERSION = readCollectorVersion();

/** Version of the Elasticsearch that tests run; deploy/ must name the same. */
export const ELASTICSEARCH_VERSION = '9.2.4';

/** SHA-512 of org.elasticsearch.distribution.integ-test-zip:elasticsearch:9.2.4:zip, as Maven Central serves it. */
export const ELASTICSEARCH_SHA512 =
  '5da6465950f7d26ca293794ead3d840f0698ce99bb15b5db7d10c19199e3431dba21c83c737f4befa4fc282e12e5f215343a4cb7da52ac85e52b0c488e7b7057';

/** Oldest Java that runs it. */
export const ELASTICSEARCH_JAVA = 21;

function readCollectorVersion() {
  const version = /^ {2}version: (\S+)$/m.exec(readFileSync(MANIFEST, 'utf8'))?.[1];
  if (version === undefined) throw new Error('otel-collector/builder.yaml has no dist.version');
  return version;
}
