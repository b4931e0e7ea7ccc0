import { fileURLToPath } from 'node:url';
import { readVersion } from './app-package.js';

/** Version of this package. */
export const VERSION = readVersion(fileURLToPath(new URL('../package.json', import.meta.url))) ?? '0.0.0';
