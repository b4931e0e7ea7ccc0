import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findJava } from './find-java.js';
import { installPart } from './install-part.js';
import { MissingError } from './missing.js';
import { ELASTICSEARCH_FOLDER, fromRoot } from './paths.js';
import { removeFolder } from './server-process.js';
import { findReachable, give, giveAll, makeFolder, UNPRIVILEGED } from './unprivileged.js';
import { ELASTICSEARCH_JAVA, ELASTICSEARCH_VERSION } from './versions.js';

/** @typedef {import('./install-part.js').Part} Part */

/** Files of deploy/elasticsearch/ that go into Elasticsearch's configuration folder. */
export const CONFIG_FILES = ['elasticsearch.yml', 'roles.yml'];

/** Certificates, users and passwords for test servers, made once by prepare.sh. */
export const PREPARED_FOLDER = fromRoot('.stack/prepared');

/** @type {Part} */
export const preparation = {
  title: 'certificates and users for test servers',
  hint: 'runs deploy/elasticsearch/prepare.sh',
  install: () => installPart({ folder: PREPARED_FOLDER, key: makeKey(), make: fill }),
};

/** Another key every month: long before a certificate is too old. */
function makeKey() {
  const hash = createHash('sha256').update(ELASTICSEARCH_VERSION).update(new Date().toISOString().slice(0, 7));
  for (const name of ['prepare.sh', ...CONFIG_FILES]) {
    hash.update(readFileSync(fromRoot(`deploy/elasticsearch/${name}`)));
  }
  return hash.digest('hex');
}

/** @param {string} work */
async function fill(work) {
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-prepared-'));
  try {
    give(folder);
    await prepareElasticsearch({ folder });
    for (const name of ['config', 'secrets', 'ca.crt']) {
      cpSync(join(folder, name), join(work, name), { recursive: true });
    }
  } finally {
    removeFolder(folder);
  }
}

/**
 * Runs deploy/elasticsearch/prepare.sh, as the user that Elasticsearch will run as. Resolves with what it said.
 * @param {{ folder: string, env?: Record<string, string> }} options `folder` is what it fills; `env` are its settings.
 * @returns {Promise<string>}
 * @throws {MissingError} Without Elasticsearch or a JDK. @throws {Error} With the script's output, where it fails.
 */
export async function prepareElasticsearch({ folder, env = {} }) {
  if (!existsSync(ELASTICSEARCH_FOLDER)) throw new MissingError('Elasticsearch, whose tools make them');
  const place = mkdtempSync(join(tmpdir(), 'barbossa-prepare-'));
  try {
    // The repository may be where that user cannot read.
    for (const name of ['prepare.sh', ...CONFIG_FILES]) {
      cpSync(fromRoot(`deploy/elasticsearch/${name}`), join(place, name));
    }
    const home = findReachable(ELASTICSEARCH_FOLDER, join(place, 'home'));
    giveAll(place);
    makeFolder(folder);
    const tools = { ES_HOME: home, ES_JAVA_HOME: findJava(ELASTICSEARCH_JAVA) };
    const base = { PATH: process.env['PATH'] ?? '', HOME: place };
    return await runScript(join(place, 'prepare.sh'), folder, { ...base, ...tools, ...env });
  } finally {
    removeFolder(place);
  }
}

/** @param {string} script @param {string} folder @param {Record<string, string>} env @returns {Promise<string>} */
function runScript(script, folder, env) {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', [script, folder], {
      ...UNPRIVILEGED,
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`prepare.sh failed (${code}):\n${output}`)),
    );
  });
}
