#!/usr/bin/env node
// npm run test:mutations: changes each alert, each recording rule and each panel in every way that should matter, one at a time, runs
// its tests, and lists what they did not notice. A word narrows it down: `npm run test:mutations -- HighErrorRate`.
import './project/node-guard.js';
import { ensureInstalled } from './project/install.js';
import { fail, say } from './project/say.js';
import { findMissingPart } from './stack/parts.js';

await ensureInstalled({ tools: true });
const missing = findMissingPart(['Prometheus']);
if (missing !== undefined) fail(`Nothing was tested: ${missing}`);
const { runSuites } = await import('./mutations/suite.js');
const { rules } = await import('./mutations/rules.js');
const { panels } = await import('./mutations/panels.js');

const survivors = await runSuites([rules, panels], { say, filter: process.argv[2] });
process.exitCode = survivors === 0 ? 0 : 1;
