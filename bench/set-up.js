/** Brings what the bench runs on up to date: the package's own build, and the peers in bench/node_modules. */
import { ensureBuilt } from '../scripts/project/build.js';
import { ensureFolderInstalled, ensureInstalled } from '../scripts/project/install.js';

/** Installs and builds what is absent or older than its source: a measurement of a stale build would be silently wrong. */
export async function setUp() {
  await ensureInstalled({ tools: false });
  await ensureBuilt();
  await ensureFolderInstalled('bench');
}
