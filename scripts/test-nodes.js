#!/usr/bin/env node
// npm run test:nodes: the integration tests on every supported Node but this one, and on one that must be left alone.
// `npm run test:nodes -- 20.6.0 26` takes some.
import './project/node-guard.js';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { NODE_VERSIONS, UNSUPPORTED_VERSION } from './project/nodes.js';
import { chooseVersions, runOnNodes } from './project/on-nodes.js';
import { runVitest } from './project/vitest.js';

const ALL_VERSIONS = [UNSUPPORTED_VERSION, ...NODE_VERSIONS];
/** The one that runs this is left out unless it is named: `npm test` runs on it. */
const USUAL_VERSIONS = ALL_VERSIONS.filter((version) => version !== process.versions.node);

/** What takes long and is the same on every Node: `npm test` has it. */
const LEFT_OUT = ['flood', 'delivery-poison', 'footprint', 'spool-upgrade'];
/** Left out on what lies between the oldest and the newest as well: it hardly reaches into Node itself. */
const ONLY_AT_ENDS = [
  'admin',
  'config',
  'delivery',
  'delivery-spool',
  'health',
  'open-metrics',
  'otel-variables',
  'redaction',
  'sample',
  'spool-owners',
];
const ENDS = [NODE_VERSIONS[0], NODE_VERSIONS.at(-1)];

/** Many of these tests wait more than they work. */
const WORKERS = '--maxWorkers=4';

const versions = chooseVersions(process.argv.slice(2), ALL_VERSIONS, USUAL_VERSIONS);
await ensureInstalled({ tools: true });
await ensureBuilt();

const title = `Integration tests by Node version, without ${LEFT_OUT.join(', ')}
(between ${ENDS.join(' and ')} also without ${ONLY_AT_ENDS.join(', ')}):`;
process.exitCode = await runOnNodes(title, versions, (version, testNode) => {
  const leftOut = ENDS.includes(version) ? LEFT_OUT : [...LEFT_OUT, ...ONLY_AT_ENDS];
  const tests =
    version === UNSUPPORTED_VERSION
      ? ['test/integration/preload-old-node.test.ts']
      : [WORKERS, ...leftOut.flatMap((name) => ['--exclude', `test/integration/${name}.test.ts`])];
  return runVitest({ name: `node-${version}`, args: ['--project', 'integration', ...tests], testNode });
});
