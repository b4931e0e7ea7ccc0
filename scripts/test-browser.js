#!/usr/bin/env node
// npm run test:browser: the live page in Chromium. Where there is none the tests are not run, and in CI that is a failure.
// `--picture` makes the picture of the README anew.
import './project/node-guard.js';
import { existsSync } from 'node:fs';
import { ensureBuilt } from './project/build.js';
import { drawLivePage } from './project/draw-live-page.js';
import { ensureInstalled } from './project/install.js';
import { writeCounts } from './project/results.js';
import { say } from './project/say.js';
import { runVitest } from './project/vitest.js';

const CHROMIUM = process.env['BARBOSSA_CHROMIUM'] ?? '/usr/bin/chromium';
const args = process.argv.slice(2);

await ensureInstalled({ tools: true });
await ensureBuilt();
if (existsSync(CHROMIUM)) {
  if (args.includes('--picture')) await drawLivePage(CHROMIUM);
  const rest = args.filter((arg) => arg !== '--picture');
  const run = await runVitest({ name: 'browser', args: ['--project', 'browser', ...rest] });
  process.exitCode = run.code;
} else {
  const missing = `test/browser: needs Chromium at ${CHROMIUM} (apt-get install chromium, or set BARBOSSA_CHROMIUM)`;
  say(`Not run: ${missing}`);
  writeCounts('browser', { passed: 0, failed: 0, skipped: 1, notRun: [missing], failures: [] });
  if (process.env['CI'] !== undefined) process.exitCode = 1;
}
