import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeGoPart } from './build-go-program.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';
import { ALERTMANAGER } from './versions.js';

const FOLDER = fromRoot('.stack/alertmanager');

/** Alertmanager and amtool. About a minute on two cores. */
export const alertmanager = makeGoPart({
  title: 'Alertmanager',
  folder: FOLDER,
  source: ALERTMANAGER,
  packages: ['./cmd/alertmanager', './cmd/amtool'],
  goVersion: '1.25',
  complete: addPages,
});

/** The program holds web pages that the module does not have: an empty one does. @param {string} source @param {string} work */
function addPages(source, work) {
  const copy = join(work, 'source');
  cpSync(source, copy, { recursive: true });
  openAll(copy);
  const pages = join(copy, 'ui/app/dist');
  mkdirSync(pages, { recursive: true });
  writeFileSync(join(pages, 'index.html'), '');
  return copy;
}

/** Modules are kept read-only. @param {string} folder */
function openAll(folder) {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openAll(join(folder, entry.name));
  }
}

/** Where its programs are. @throws {MissingError} Where it is not installed. */
export function findAlertmanager() {
  const program = join(FOLDER, 'alertmanager');
  if (!existsSync(program)) throw new MissingError('Alertmanager is not installed: npm run stack:install');
  return { program, amtool: join(FOLDER, 'amtool') };
}
