import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { KAFKA_FOLDER } from './paths.js';
import { runTool } from './run-tool.js';
import { KAFKA_SHA512, KAFKA_VERSION } from './versions.js';

/** @typedef {import('./install-part.js').Part} Part */

const GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies';

/**
 * The server with all that it needs, and what is its own of the tools. kafka-tools brings half as many jars again for
 * commands that nobody calls here.
 */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>barbossa-telemetry</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>${KAFKA_VERSION}</version>
      <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;

/** Apache Kafka, a broker without ZooKeeper, and its commands for topics and groups. @type {Part} */
export const kafka = {
  title: `Kafka ${KAFKA_VERSION}`,
  hint: 'fetches 45 MB',
  install: () => installPart({ folder: KAFKA_FOLDER, key: KAFKA_SHA512, make }),
};

/** @param {string} work */
async function make(work) {
  const pom = join(work, 'pom.xml');
  writeFileSync(pom, POM);
  const jars = join(work, 'jars');
  await runTool('mvn', ['-B', '-q', '-f', pom, GOAL, `-DoutputDirectory=${jars}`, '-DincludeScope=runtime'], {
    cwd: work,
    needed: 'Maven (`mvn`): it fetches Kafka',
  });
  const sum = hashFiles(jars);
  if (sum !== KAFKA_SHA512) {
    throw new MissingError(`the jars of Kafka are not those they were: their SHA-512 is ${sum}`);
  }
  rmSync(pom);
}

/** @param {string} folder @returns {string} SHA-512 of names and SHA-512s, as sha512sum prints them. */
function hashFiles(folder) {
  const list = createHash('sha512');
  for (const name of readdirSync(folder).sort()) {
    const sum = createHash('sha512').update(readFileSync(join(folder, name)));
    list.update(`${sum.digest('hex')}  ${name}\n`);
  }
  return list.digest('hex');
}
