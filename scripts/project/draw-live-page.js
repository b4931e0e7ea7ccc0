import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launch } from 'puppeteer-core';
import { runNode } from './processes.js';
import { inProject, ROOT } from './root.js';

const TRAFFIC_SECONDS = '60';

/** Draws docs/pictures/live-page.png: the sample under its traffic. @param {string} chromium */
export async function drawLivePage(chromium) {
  const spool = mkdtempSync(path.join(os.tmpdir(), 'barbossa-picture-'));
  const env = {
    PORT: '0',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    OTEL_LOGS_EXPORTER: 'none',
    BARBOSSA_LOG_SPOOL_DIR: spool,
  };
  const app = spawn(process.execPath, ['--import', './dist/register.js', 'server.js'], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const browser = await launch({ executablePath: chromium, args: ['--no-sandbox'] });
  try {
    const [url, admin] = await Promise.all([
      waitFor(app.stdout, app.stderr, /listening on (http\S+?:\d+)/),
      waitFor(app.stderr, app.stdout, /metrics at (http\S+)\/metrics/),
    ]);
    const page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(admin);
    const traffic = runNode(['scripts/traffic.js', '--url', url, '--seconds', TRAFFIC_SECONDS], { quiet: true });
    await traffic;
    await sleep(1_000);
    mkdirSync(inProject('docs/pictures'), { recursive: true });
    await page.screenshot({ path: inProject('docs/pictures/live-page.png'), captureBeyondViewport: false });
  } finally {
    await browser.close();
    app.kill();
    await once(app, 'exit');
    rmSync(spool, { recursive: true, force: true });
  }
}

/**
 * The first match in what a process says, on either stream.
 * @param {import('node:stream').Readable} one @param {import('node:stream').Readable} other @param {RegExp} pattern
 * @returns {Promise<string>}
 */
function waitFor(one, other, pattern) {
  let text = '';
  return new Promise((resolve, reject) => {
    for (const stream of [one, other]) {
      stream.on('data', (chunk) => {
        text += chunk;
        const found = pattern.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
      stream.once('end', () => reject(new Error(`the sample has ended: ${text}`)));
    }
  });
}
