/** Brings what the bench runs on up to date: the package's own build, and the peers in bench/node_modules. */
import { existsSync, statSync } from 'node:fs';
import { ensureBuilt } from '../scripts/project/build.js';
import { ensureInstalled } from '../scripts/project/install.js';
import { runNpm } from '../scripts/project/processes.js';
import { inProject } from '../scripts/project/root.js';
import { BENCH_DIR } from './children.js';

/** Installs and builds what is absent or older than its source: a measurement of a stale build would be silently wrong. */
export async function setUp(say) {
  await ensureInstalled({ tools: false });
  await ensureBuilt();
  if (!isOutdated('bench/node_modules/.package-lock.json', 'bench/package-lock.json')) return;
  say('installing the peers into bench/node_modules (npm ci)');
  const { code } = await runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: BENCH_DIR,
    heartbeat: true,
  });
  if (code !== 0) throw new Error('npm ci failed in bench; what npm said is above');
}

function isOutdated(file, source) {
  const [made, from] = [inProject(file), inProject(source)];
  return !existsSync(made) || statSync(made).mtimeMs < statSync(from).mtimeMs;
}
