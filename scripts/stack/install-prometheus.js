import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeGoPart } from './build-go-program.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';
import { PROMETHEUS } from './versions.js';

const FOLDER = fromRoot('.stack/prometheus');

/** Prometheus and promtool, without the clouds' service discoveries. About four minutes on two cores. */
export const prometheus = makeGoPart({
  title: 'Prometheus',
  folder: FOLDER,
  source: PROMETHEUS,
  packages: ['./cmd/prometheus', './cmd/promtool'],
  tags: ['remove_all_sd'],
  goVersion: '1.26',
});

/** Where its programs are. @throws {MissingError} Where it is not installed. */
export function findPrometheus() {
  const program = join(FOLDER, 'prometheus');
  if (!existsSync(program)) throw new MissingError('Prometheus is not installed: npm run stack:install');
  return { program, promtool: join(FOLDER, 'promtool') };
}
