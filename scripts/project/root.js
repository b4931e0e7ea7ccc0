import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A path in the checkout. @param {...string} parts */
export function inProject(...parts) {
  return path.join(ROOT, ...parts);
}

/** A path in `.cache`, the ignored folder for what can be made again; its folder is made. @param {...string} parts */
export function inCache(...parts) {
  const file = inProject('.cache', ...parts);
  mkdirSync(path.dirname(file), { recursive: true });
  return file;
}
