import { createHash } from 'node:crypto';
import { chmodSync, createReadStream, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { findJava } from './find-java.js';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { ELASTICSEARCH_FOLDER } from './paths.js';
import { runTool } from './run-tool.js';
import { ELASTICSEARCH_JAVA, ELASTICSEARCH_SHA512, ELASTICSEARCH_VERSION } from './versions.js';

/** @typedef {import('./install-part.js').Part} Part */

const ARTIFACT = `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${ELASTICSEARCH_VERSION}:zip`;
const GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:get';

/** Elasticsearch as its own project's tests run it: the server, security and TLS, and few modules. @type {Part} */
export const elasticsearch = {
  title: `Elasticsearch ${ELASTICSEARCH_VERSION}`,
  hint: 'fetches 100 MB',
  install: () => installPart({ folder: ELASTICSEARCH_FOLDER, key: ELASTICSEARCH_SHA512, make }),
};

/** @param {string} work */
async function make(work) {
  const java = findJava(ELASTICSEARCH_JAVA);
  const zip = join(work, 'elasticsearch.zip');
  const needed = 'Maven (`mvn`): it fetches Elasticsearch';
  await runTool('mvn', ['-B', '-q', GOAL, `-Dartifact=${ARTIFACT}`, '-Dtransitive=false', `-Ddest=${zip}`], {
    cwd: work,
    needed,
  });
  const sum = createHash('sha512');
  await pipeline(createReadStream(zip), sum);
  if (sum.digest('hex') !== ELASTICSEARCH_SHA512) {
    throw new MissingError(`${ARTIFACT} is not the file it was: its SHA-512 differs`);
  }
  await runTool(join(java, 'bin/jar'), ['xf', zip], { cwd: work, needed: 'a JDK with `jar`' });
  rmSync(zip);
  const inside = join(work, `elasticsearch-${ELASTICSEARCH_VERSION}`);
  for (const name of readdirSync(inside)) renameSync(join(inside, name), join(work, name));
  rmSync(inside, { recursive: true });
  // jar keeps no modes; and the user that runs Elasticsearch has to get in.
  for (const name of readdirSync(join(work, 'bin'))) chmodSync(join(work, 'bin', name), 0o755);
  chmodSync(work, 0o755);
}
