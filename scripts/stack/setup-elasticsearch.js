import { execFile } from 'node:child_process';
import { startElasticsearch } from './elasticsearch.js';
import { fromRoot } from './paths.js';

/** @typedef {import('./elasticsearch.js').Elasticsearch} Elasticsearch */

const SETUP_MS = 240_000;

/** The server that stack:install brings has no ILM. */
const WITHOUT_ILM = ['--without-ilm'];

/**
 * Runs deploy/elasticsearch/setup.js. Resolves with exit code and what it said, whatever the code.
 * @param {Pick<Elasticsearch, 'url' | 'caFile' | 'prepared'>} elasticsearch
 * @param {readonly string[]} [args] Default: --without-ilm.
 * @param {Readonly<Record<string, string>>} [env] More of its settings.
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runSetup({ url, caFile, prepared }, args = WITHOUT_ILM, env = {}) {
  const settings = {
    PATH: process.env['PATH'] ?? '',
    BARBOSSA_ELASTICSEARCH_URL: url,
    BARBOSSA_ELASTICSEARCH_CA_FILE: caFile,
    BARBOSSA_ELASTICSEARCH_SETUP_PASSWORD_FILE: `${prepared}/secrets/setup.password`,
    ...env,
  };
  return new Promise((resolve) => {
    const script = fromRoot('deploy/elasticsearch/setup.js');
    execFile(process.execPath, [script, ...args], { env: settings, timeout: SETUP_MS }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

/**
 * Starts Elasticsearch and sets it up, as deploy/ does.
 * @param {import('./elasticsearch.js').ElasticsearchOptions} [options]
 * @returns {Promise<Elasticsearch>}
 * @throws {Error} With what setup.js said, where it failed.
 */
export async function startReadyElasticsearch(options) {
  const elasticsearch = await startElasticsearch(options);
  const { code, output } = await runSetup(elasticsearch);
  if (code === 0) return elasticsearch;
  await elasticsearch.stop();
  throw new Error(`setup.js failed:\n${output}`);
}
