#!/usr/bin/env node
// npm run build: installs and compiles what is not installed and compiled yet.
import './project/node-guard.js';
import { ensureBuilt } from './project/build.js';
import { ensureInstalled } from './project/install.js';

await ensureInstalled({ tools: false });
await ensureBuilt();
