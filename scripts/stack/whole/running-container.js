import { execFile } from 'node:child_process';
import { withControls } from '../server-handle.js';
import { ServerProcess } from '../server-process.js';
import { HopelessError, waitUntil } from '../wait-until.js';
import { describeContainer, describeEntry, describeHealthCheck } from './container.js';

const HEALTHY_MS = 240_000;
const JOB_MS = 240_000;
const EVERY_MS = 300;
const ENTRY_MS = 10_000;
const SHOWN_CHARS = 4_000;

/** @typedef {{ code: number, output: string }} Answer */

/** A service that runs, or will again. @typedef {ReturnType<typeof makeContainer>} Container */

/**
 * A service of a compose file, not started yet.
 * @param {string} name @param {import('../compose-model.js').Service} service
 * @param {import('./container.js').Image} image @param {import('./container.js').Place} place
 * @param {AbortSignal} signal When it is over nothing is started any more.
 */
export function makeContainer(name, service, image, place, signal) {
  const server = new ServerProcess(describeContainer(service, image, place));
  const detail = () => server.output.slice(-SHOWN_CHARS);
  /** @param {readonly string[]} command @returns {Promise<Answer>} */
  const execute = (command) => enter(describeEntry(server.pid, command, service, image, place.address));
  const checkHealth = () => execute(describeHealthCheck(service, place.address));
  return withControls(server, {
    name,
    service,
    address: place.address,
    /** Its health check of compose.yaml, once: its exit code, and what it printed. */
    checkHealth,
    /** Runs a program in it, as its user. */
    execute,
    /** Starts it, also again after `kill` or `stop`: same volumes. Resolves when it is healthy. */
    start: async () => {
      signal.throwIfAborted();
      server.start();
      if (service.healthcheck === undefined) return;
      let output = '';
      const probe = async () => {
        if (signal.aborted) throw new HopelessError(`${name}: it is over`);
        if (!server.running) throw new HopelessError(`${name} ended at once:\n${detail()}`);
        const health = await checkHealth();
        output = health.output;
        return health.code === 0;
      };
      const describe = () => `Its health check says: ${output}\nIt says: ${detail()}`;
      await waitUntil(probe, {
        what: `${name} healthy`,
        timeoutMs: HEALTHY_MS,
        everyMs: EVERY_MS,
        detail: describe,
      });
    },
    /** Starts it and waits for its end. @throws {Error} Where that is not a good one. */
    run: async () => {
      signal.throwIfAborted();
      server.start();
      const timer = setTimeout(() => server.signal('SIGKILL'), JOB_MS);
      const ended = await server.exited;
      clearTimeout(timer);
      if (ended.code !== 0) throw new Error(`${name} failed (${ended.signal ?? ended.code}):\n${detail()}`);
    },
    /** SIGTERM, then SIGKILL after 30 s. */
    stop: () => server.stop(),
  });
}

/** @param {{ command: string, args: string[], env: Record<string, string> }} entry @returns {Promise<Answer>} */
function enter({ command, args, env }) {
  return new Promise((resolve) => {
    execFile(command, args, { env, timeout: ENTRY_MS }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` }),
    );
  });
}
