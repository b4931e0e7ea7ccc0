#!/usr/bin/env node
/*
 * npm run stack:install: brings the real servers that `npm run test:stack`, `npm run faults` and `npm run stack:up` run
 * into .stack/, at the versions that are pinned. What is there already is left alone.
 */
import { collector } from './install-collector.js';
import { elasticsearch } from './install-elasticsearch.js';
import { MissingError } from './missing.js';
import { preparation } from './prepare-elasticsearch.js';

const PROGRESS_MS = 15_000;

async function install({ title, hint, install: run }, index, all) {
  const say = (text) => process.stdout.write(`[${index + 1}/${all.length}] ${title}: ${text}\n`);
  const start = Date.now();
  const seconds = () => `${Math.round((Date.now() - start) / 1000)} s`;
  const first = setTimeout(() => say(`not there; ${hint}`), 200);
  const progress = setInterval(() => say(`at work, ${seconds()}`), PROGRESS_MS);
  try {
    say((await run()) ? `installed in ${seconds()}` : 'there already');
    return true;
  } catch (error) {
    say(error instanceof MissingError ? `missing: ${error.message}` : `failed: ${error.stack}`);
    return false;
  } finally {
    clearTimeout(first);
    clearInterval(progress);
  }
}

const parts = [elasticsearch, preparation, collector];
let failed = 0;
for (const [index, part] of parts.entries()) {
  if (!(await install(part, index, parts))) failed += 1;
}
if (failed > 0) {
  process.stdout.write(`${failed} of ${parts.length} parts are missing; run this again when the machine has what it lacks\n`);
  process.exitCode = 1;
}
