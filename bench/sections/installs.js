/** Size of an installation: what npm puts into an empty folder. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from '../../scripts/project/processes.js';
import { inProject } from '../../scripts/project/root.js';
import { BENCH_DIR } from '../children.js';
import { INSTALLS } from '../variants.js';

const OWN = 'barbossa-telemetry';

/** Bytes, files and packages of each, in the form of a single round. */
export async function measureInstalls(scratch, say) {
  const pinned = JSON.parse(readFileSync(join(BENCH_DIR, 'package.json'), 'utf8')).dependencies;
  const results = {};
  for (const { id, title, packages } of INSTALLS) {
    const folder = join(scratch, `install-${id}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const wanted = await Promise.all(
      packages.map((name) => (name === OWN ? packOwn(folder) : `${name}@${pinned[name]}`)),
    );
    await npm(['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...wanted], folder);
    results[id] = [measureFolder(join(folder, 'node_modules'))];
    say(`install  ${title}: ${results[id][0].files} files`);
  }
  return results;
}

async function npm(args, cwd) {
  const { code, output } = await runNpm(args, { cwd, quiet: true });
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed: ${output.trim().split('\n').at(-1)}`);
}

async function packOwn(folder) {
  await npm(['pack', '--ignore-scripts', '--pack-destination', folder], inProject('.'));
  const packed = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  return join(folder, packed);
}

function measureFolder(modules) {
  const inside = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = inside
    .filter(({ name }) => name !== '.package-lock.json')
    .map((entry) => join(entry.parentPath, entry.name));
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  return {
    bytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
    files: files.length,
    packages: Object.keys(packages).length,
  };
}
