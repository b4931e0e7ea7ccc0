import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeGoPart } from './build-go-program.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';
import { HELM } from './versions.js';

const FOLDER = fromRoot('.stack/helm');

/** Helm, which renders the chart of deploy/helm. About five minutes on two cores. */
export const helm = makeGoPart({
  title: 'Helm',
  folder: FOLDER,
  source: HELM,
  packages: ['./cmd/helm'],
  goVersion: '1.26',
  versionVariable: 'helm.sh/helm/v3/internal/version.version',
});

/** Where it is. @throws {MissingError} Where it is not installed. */
export function findHelm() {
  const program = join(FOLDER, 'helm');
  if (!existsSync(program)) throw new MissingError('Helm is not installed: npm run stack:install -- helm');
  return program;
}
