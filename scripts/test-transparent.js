#!/usr/bin/env node
// npm run test:transparent: programs with and without the preload, on every supported Node; what they print, send and
// answer has to be the same. `npm run test:transparent -- 22 26` takes some.
import './project/node-guard.js';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';
import { NODE_VERSIONS } from './project/nodes.js';
import { chooseVersions, runOnNodes } from './project/on-nodes.js';
import { runVitest } from './project/vitest.js';

const versions = chooseVersions(process.argv.slice(2), NODE_VERSIONS);
await ensureInstalled({ tools: true });
await ensureBuilt();
process.exitCode = await runOnNodes('Transparency by Node version:', versions, (version, testNode) =>
  runVitest({ name: `transparent-${version}`, args: ['--project', 'transparent'], testNode }),
);
