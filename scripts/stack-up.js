#!/usr/bin/env node
// npm run stack:up: Elasticsearch, the collector and the sample application on loopback, until Ctrl-C. What they store is
// in a temporary folder, which goes at the end. Where a usual port is taken, a free one is.
import './project/node-guard.js';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { fail, say } from './project/say.js';
import { startCollector } from './stack/collector.js';
import { waitForEnd } from './stack/end-signal.js';
import { choosePort } from './stack/free-ports.js';
import { findMissingPart } from './stack/parts.js';
import { describeStack } from './stack/places.js';
import { startSample } from './stack/sample.js';
import { killServers, removeFolder } from './stack/server-process.js';
import { startReadyElasticsearch } from './stack/setup-elasticsearch.js';

const missing = findMissingPart(['Elasticsearch', 'collector']);
if (missing !== undefined) fail(`Nothing is started: ${missing}`);
await ensureInstalled({ tools: false });
await ensureBuilt();

const { ended, end } = waitForEnd();
let isEnding = false;
const folder = mkdtempSync(join(tmpdir(), 'barbossa-stack-'));
// The user that Elasticsearch runs as has to get in.
chmodSync(folder, 0o711);
/** @type {Awaited<ReturnType<typeof startSample>> | undefined} */
let sample;

const started = start().catch((/** @type {unknown} */ error) => {
  // What is killed while it starts fails, too.
  if (isEnding) return;
  say(`Failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
  end();
});
await ended;
isEnding = true;
say('\nStopping ...');
await sample?.stop();
await killServers();
await started;
// It may have come up in the meantime.
await sample?.stop();
removeFolder(folder);
say('All is stopped, and what it stored is removed.');
process.exit();

async function start() {
  say('Starting Elasticsearch ...');
  const elasticsearch = await startReadyElasticsearch({
    folder: join(folder, 'elasticsearch'),
    port: await choosePort(9200),
    heapMb: 1024,
    javaOptions: '',
  });
  say('Starting the collector ...');
  const ports = { otlp: await choosePort(4318), health: await choosePort(13_133), metrics: await choosePort(8888) };
  const collector = await startCollector({
    elasticsearch: elasticsearch.writer,
    folder: join(folder, 'collector'),
    ports,
  });
  if (isEnding) return;
  say('Starting the sample application ...');
  sample = await startSample({ collectorUrl: collector.url, spoolFolder: join(folder, 'spool') });
  void sample.exited.then(end);
  say(describeStack({ elasticsearch, collector, sample }));
}
