import { spawn } from 'node:child_process';
import { MissingError } from './missing.js';

const SHOWN_LINES = 30;

/**
 * Runs a tool of the machine to its end; what it prints is shown only where it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, needed: string }} options `needed` names the tool to a person.
 * @returns {Promise<string>} The last lines of what it printed.
 * @throws {MissingError} Where the tool is not there or fails.
 */
export function runTool(command, args, { cwd, env = process.env, needed }) {
  return new Promise((resolve, reject) => {
    /** @type {string[]} */
    const lines = [];
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        lines.push(...text.split('\n').filter((line) => line.trim() !== ''));
        lines.splice(0, lines.length - SHOWN_LINES);
      });
    }
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      reject(new MissingError(error.code === 'ENOENT' ? needed : `${needed} (${error.message})`)),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(lines.join('\n'));
      const failure = `${command} ${args[0]} failed (${signal ?? code}); it takes ${needed}.`;
      reject(new MissingError([failure, ...lines].join('\n')));
    });
  });
}
