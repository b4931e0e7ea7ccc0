import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyModule, makeGoPart } from './build-go-program.js';
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
  const copy = copyModule(source, work);
  const pages = join(copy, 'ui/app/dist');
  mkdirSync(pages, { recursive: true });
  writeFileSync(join(pages, 'index.html'), '');
  return copy;
}

/** Where its programs are. @throws {MissingError} Where it is not installed. */
export function findAlertmanager() {
  const program = join(FOLDER, 'alertmanager');
  if (!existsSync(program)) throw new MissingError('Alertmanager is not installed: npm run stack:install');
  return { program, amtool: join(FOLDER, 'amtool') };
}
