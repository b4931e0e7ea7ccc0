import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isAtLeast } from './node-guard.js';
import { runNode, runNpm } from './processes.js';
import { inCache } from './root.js';
import { printDuration, say } from './say.js';

/** The versions that the integration tests run on: the oldest supported one and the newest of each line. */
export const NODE_VERSIONS = ['20.6.0', '20.20.2', '22.23.3', '24.21.0', '26.10.0'];

/** One that is too old: what is tried on it is that the application runs untouched. */
export const UNSUPPORTED_VERSION = '18.20.8';

/** What runs the tools where this Node is too old for them. */
const TOOLS_NODE_VERSION = '22.23.3';

/** Whether a Node runs vitest, oxlint, oxfmt and knip, as their `engines` say. @param {string} version */
function runsTools(version) {
  const [major] = version.split('.').map(Number);
  return major === 20 ? isAtLeast(version, '20.19.0') : isAtLeast(version, '22.12.0');
}

/**
 * The Node that runs the tools: this one, or one from npm where this one is too old for them.
 * @returns {Promise<string>} Path of the binary. @throws {Error} Where it cannot be installed.
 */
export async function findToolsNode() {
  if (runsTools(process.versions.node)) return process.execPath;
  say(
    `The development tools need Node 20.19 or newer: they run on Node ${TOOLS_NODE_VERSION}, the application on yours.`,
  );
  return installNode(TOOLS_NODE_VERSION);
}

/**
 * The binary of a Node version, installed from npm into `.cache/nodes` where it is not there yet.
 * @param {string} version Exact. @returns {Promise<string>} Path of the binary.
 * @throws {Error} Where it cannot be installed or does not run on this machine.
 */
export async function installNode(version) {
  const folder = inCache('nodes', version);
  const found = findBinary(folder);
  if (found !== undefined) return found;
  const name = platformPackage();
  say(`Installing Node ${version} (${name}) into .cache/nodes ...`);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }\n');
  const installed = await runNpm(
    ['install', `${name}@${version}`, '--prefix', folder, '--no-save', '--no-package-lock', '--no-audit', '--no-fund'],
    { cwd: folder, quiet: true, heartbeat: true },
  );
  const binary = findBinary(folder);
  if (installed.code !== 0 || binary === undefined) {
    throw new Error(`Node ${version} could not be installed from npm: ${lastLines(installed.output)}`);
  }
  const answer = await runNode(['--version'], { node: binary, quiet: true });
  if (answer.code !== 0) throw new Error(`Node ${version} does not run on this machine: ${lastLines(answer.output)}`);
  say(`Installed Node ${version} in ${printDuration(installed.durationMs)}.`);
  return binary;
}

/** npm's package with the binary of this platform. The names are those of npm's `node` package. */
function platformPackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const arch = platform === 'win' && process.arch === 'ia32' ? 'x86' : process.arch;
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${arch}`;
}

/** @param {string} folder */
function findBinary(folder) {
  const home = path.join(folder, 'node_modules', platformPackage());
  const manifest = path.join(home, 'package.json');
  if (!existsSync(manifest)) return undefined;
  const binary = path.join(home, JSON.parse(readFileSync(manifest, 'utf8')).bin.node);
  return existsSync(binary) ? binary : undefined;
}

/** @param {string} output */
function lastLines(output) {
  return output.trim().split('\n').slice(-3).join(' | ');
}
