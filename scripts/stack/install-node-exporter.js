import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeGoPart } from './build-go-program.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';
import { NODE_EXPORTER } from './versions.js';

const FOLDER = fromRoot('.stack/node-exporter');

/** The exporter of the machine's own metrics. */
export const nodeExporter = makeGoPart({
  title: 'node exporter',
  folder: FOLDER,
  source: NODE_EXPORTER,
  packages: ['.'],
  goVersion: '1.25',
});

/** Where it is. @throws {MissingError} Where it is not installed. */
export function findNodeExporter() {
  const program = join(FOLDER, 'node_exporter');
  if (!existsSync(program)) throw new MissingError('the node exporter is not installed: npm run stack:install');
  return program;
}
