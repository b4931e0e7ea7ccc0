import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackage } from './debian-packages.js';
import { findProgram } from './find-program.js';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { fromRoot } from './paths.js';

/** @typedef {import('./install-part.js').Part} Part */

const REDIS = { title: 'Redis exporter', name: 'prometheus-redis-exporter', folder: fromRoot('.stack/redis-exporter') };
const POSTGRES = {
  title: 'PostgreSQL exporter',
  name: 'prometheus-postgres-exporter',
  folder: fromRoot('.stack/postgres-exporter'),
};

/** The system's exporter for Redis, else Debian's, unpacked. */
export const redisExporter = makePart(REDIS);

/** The system's exporter for PostgreSQL, else Debian's, unpacked. */
export const postgresExporter = makePart(POSTGRES);

/** Where it is. @throws {MissingError} Where it is not installed. */
export function findRedisExporter() {
  return find(REDIS);
}

/** Where it is. @throws {MissingError} Where it is not installed. */
export function findPostgresExporter() {
  return find(POSTGRES);
}

/** @param {typeof REDIS} exporter @returns {Part} */
function makePart({ title, name, folder }) {
  return {
    title,
    hint: `unpacks Debian's package ${name}`,
    install: async () => {
      if (findProgram(name) !== undefined) return false;
      return installPart({ folder, key: name, make: (work) => unpackDebianPackage(name, work) });
    },
  };
}

/** @param {typeof REDIS} exporter */
function find({ title, name, folder }) {
  const system = findProgram(name);
  if (system !== undefined) return system;
  const unpacked = join(folder, 'usr/bin', name);
  if (!existsSync(unpacked)) throw new MissingError(`the ${title} is not installed: npm run stack:install`);
  return unpacked;
}
