/**
 * Makes what the sample imports a dependency: to this package they are peers and development dependencies, so that
 * `npm ci --omit=dev` would leave them out. Run in the folder of package.json, which it changes.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const IMPORTED = ['bullmq', 'express', 'ioredis', 'pg', 'winston', 'ws'];

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
for (const name of IMPORTED) {
  manifest.dependencies[name] = manifest.devDependencies[name];
  delete manifest.devDependencies[name];
}
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
