import { spawn } from 'node:child_process';
import { ROOT } from '../project/root.js';
import { choosePort } from './free-ports.js';
import { HopelessError, waitUntil } from './wait-until.js';

const PRELOAD = ['--import', './dist/register.js'];
const GRACE_MS = 15_000;
const START_MS = 30_000;

/**
 * Starts the sample application, web process and worker, under the preload, with its logs going to a collector. What it
 * prints is shown.
 * @param {{ collectorUrl: string, spoolFolder: string }} options
 * @throws {Error} Where it does not come up.
 */
export async function startSample({ collectorUrl, spoolFolder }) {
  const port = await choosePort(8080);
  const adminPort = await choosePort(9464);
  const delivery = { OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl, BARBOSSA_LOG_SPOOL_DIR: spoolFolder };
  const web = run('server.js', {
    ...delivery,
    OTEL_SERVICE_NAME: 'barbossa',
    PORT: String(port),
    OTEL_EXPORTER_PROMETHEUS_PORT: String(adminPort),
  });
  // It has no queue to work on here, says so and ends: that line is what shows in its index.
  const worker = run('worker.js', {
    ...delivery,
    OTEL_SERVICE_NAME: 'barbossa-worker',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
  });
  await waitUntil(
    async () => {
      if (web.hasExited()) throw new HopelessError('the sample application ended at once; what it said is above');
      return (await fetch(`http://127.0.0.1:${adminPort}/health/live`)).ok;
    },
    { what: 'sample application', timeoutMs: START_MS },
  );
  return {
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    /** Resolves when the web process has ended. */
    exited: web.exited,
    /** Ends it as an operator does, and kills it where that takes too long. */
    stop: async () => {
      await Promise.all([web.stop(), worker.stop()]);
    },
  };
}

/** @param {string} script @param {Record<string, string>} env */
function run(script, env) {
  const child = spawn(process.execPath, [...PRELOAD, script], {
    cwd: ROOT,
    env: { ...process.env, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip', ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
    // Ctrl-C is for this process, which ends it in its turn.
    detached: true,
  });
  /** @type {Promise<void>} */
  const exited = new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await exited;
    clearTimeout(timer);
  };
  return { exited, hasExited: () => child.exitCode !== null || child.signalCode !== null, stop };
}
