import { fileURLToPath } from 'node:url';
import { readVersion } from '../application/manifest.js';

/** Version of this package. */
export const VERSION = readVersion(fileURLToPath(new URL('../..', import.meta.url))) ?? '0.0.0';
