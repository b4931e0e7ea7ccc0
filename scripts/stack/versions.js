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

/** Version of the Kafka between agent and gateway that tests run; of `npm run stack:install -- kafka`. */
export const KAFKA_VERSION = '4.1.1';

/** SHA-512 of the list of its jars and those that it needs, each with its own SHA-512, as Maven Central serves them. */
export const KAFKA_SHA512 =
  '936dc481699d7656dbbf5098511144dccb7f75b958ef0e39911cae4d8cf795b476a403d2bd27c8cd56a4f11eb40ed1c6323aaa2835eeeb9ab2e8f87ee191ec8f';

/** Oldest Java that runs it. */
export const KAFKA_JAVA = 17;

/**
 * A program that is built from its Go module.
 * @typedef {object} GoModule
 * @property {string} version As its releases and images are called; deploy/ must name the same.
 * @property {string} module
 * @property {string} moduleVersion
 * @property {string} sum Of the module, as a go.sum has it; the module's own go.sum has those of all that it is built of.
 */

/** @type {GoModule} */
export const PROMETHEUS = {
  version: '3.13.5',
  module: 'github.com/prometheus/prometheus',
  moduleVersion: 'v0.313.5',
  sum: 'h1:5/kewqSFNlHQa9NqZxrOkXCBlEuJOvb+8gFOUxSWFv0=',
};

/** @type {GoModule} */
export const ALERTMANAGER = {
  version: '0.34.1',
  module: 'github.com/prometheus/alertmanager',
  moduleVersion: 'v0.34.1',
  sum: 'h1:qtIIP4s20duq2fbafHIti5NYJGaZNh7irXKbJwe/W/E=',
};

/** @type {GoModule} */
export const NODE_EXPORTER = {
  version: '1.12.1',
  module: 'github.com/prometheus/node_exporter',
  moduleVersion: 'v1.12.1',
  sum: 'h1:LzcZ6SqJRH2EULBz3Paa1t1uzQaaoo9domuz8FQDkiY=',
};

/** Renders the chart of deploy/helm for its tests. @type {GoModule} */
export const HELM = {
  version: '3.22.0',
  module: 'helm.sh/helm/v3',
  moduleVersion: 'v3.22.0',
  sum: 'h1:n1if5iQgHYsujPAcO5oonH/KiSNUmqmUF0iGVjSF3AU=',
};

/** Holds the chart's objects against schemas. @type {GoModule} */
export const KUBECONFORM = {
  version: '0.8.0',
  module: 'github.com/yannh/kubeconform',
  moduleVersion: 'v0.8.0',
  sum: 'h1:loDYd3a3spjIFrauqW67CDKF55Oo9R6uvC8AvpVd4ug=',
};

/** The oldest that the chart's kubeVersion takes; the newest is in scripts/stack/kubernetes/servers/go.mod. @type {GoModule} */
export const OLDEST_KUBERNETES = {
  version: '1.31.0',
  module: 'k8s.io/kubernetes',
  moduleVersion: 'v1.31.0',
  sum: 'h1:sYAB12TTWexXKp4RxqJMm/7EC+P0mNOgn4Xdj5eu7HM=',
};

/** Runs deploy/compose.yaml for `npm run test:compose`. @type {GoModule} */
export const DOCKER_ENGINE = {
  version: '28.5.2',
  module: 'github.com/docker/docker',
  moduleVersion: 'v28.5.2+incompatible',
  sum: 'h1:DBX0Y0zAjZbSrm1uzOkdr1onVghKaftjlSWt4AFexzM=',
};

/** @type {GoModule} */
export const DOCKER_CLIENT = {
  version: '28.5.2',
  module: 'github.com/docker/cli',
  moduleVersion: 'v28.5.2+incompatible',
  sum: 'h1:XmG99IHcBmIAoC1PPg9eLBZPlTrNUAijsHLm8PjhBlg=',
};

/** @type {GoModule} */
export const DOCKER_COMPOSE = {
  version: '2.40.3',
  module: 'github.com/docker/compose/v2',
  moduleVersion: 'v2.40.3',
  sum: 'h1:XeYkQu1svDtyfZPv5nTwFryQ25ZJMkIlc4pz9HalMPI=',
};

/** @type {GoModule} */
export const DOCKER_BUILDX = {
  version: '0.29.1',
  module: 'github.com/docker/buildx',
  moduleVersion: 'v0.29.1',
  sum: 'h1:58hxM5Z4mnNje3G5NKfULT9xCr8ooM8XFtlfUK9bKaA=',
};

function readCollectorVersion() {
  const version = /^ {2}version: (\S+)$/m.exec(readFileSync(MANIFEST, 'utf8'))?.[1];
  if (version === undefined) throw new Error('otel-collector/builder.yaml has no dist.version');
  return version;
}
