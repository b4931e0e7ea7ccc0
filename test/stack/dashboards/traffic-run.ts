import { execFile, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/project/root.js';
import { findFreePorts } from '../../../scripts/stack/free-ports.js';
import { removeFolder } from '../../../scripts/stack/server-process.js';
import { waitUntil } from '../../../scripts/stack/wait-until.js';
import { count, startChain, type Chain } from '../stack.js';

const GRACE_MS = 15_000;

/** The sample application, web process and worker, that writes its logs into a chain. */
export interface Sample {
  readonly url: string;
  /** Where it can be scraped: host and port. */
  readonly webTarget: string;
  readonly workerTarget: string;
  readonly stop: () => Promise<void>;
}

/** Starts both under the preload. `env`: of both. */
export async function startSample(chain: Chain, env: Readonly<Record<string, string>> = {}): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), 'barbossa-sample-'));
  const [port = 0, webAdmin = 0, workerAdmin = 0] = await findFreePorts(3);
  const common = {
    ...process.env,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    MUSIC_PATH: folder,
    BARBOSSA_LOG_SPOOL_DIR: folder,
    OTEL_EXPORTER_OTLP_ENDPOINT: chain.collector.url,
    ...env,
  };
  const run = (script: string, service: string, adminPort: number) =>
    startNode(['--import', './dist/register.js', script], {
      ...common,
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORTER_PROMETHEUS_PORT: String(adminPort),
    });
  const web = run('server.js', 'barbossa', webAdmin);
  const worker = run('worker.js', 'barbossa-worker', workerAdmin);
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await Promise.all([web.stop(), worker.stop()]);
    removeFolder(folder);
  };
  try {
    await waitUntil(async () => (await fetch(url)).ok, { what: 'sample', detail: () => web.output() });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, webTarget: `127.0.0.1:${webAdmin}`, workerTarget: `127.0.0.1:${workerAdmin}`, stop };
}

function startNode(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await exited;
    clearTimeout(timer);
  };
  return { stop, output: () => output.slice(-4000) };
}

/** scripts/traffic.js for some seconds, and one request that takes longer than a second. */
export async function driveTraffic({ url }: Sample, seconds: number): Promise<void> {
  const args = ['scripts/traffic.js', '--url', url, '--seconds', String(seconds), '--rate', '30', '--json'];
  const traffic = new Promise<void>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: ROOT }, (error, _stdout, stderr) =>
      error === null ? resolve() : reject(new Error(`traffic.js failed: ${stderr}`, { cause: error })),
    );
  });
  const slow = await fetch(`${url}/api/slow?ms=1200`);
  await slow.text();
  await traffic;
}

/** Elasticsearch, the collector, the sample, and what some seconds of traffic have logged. */
export async function startLoggedTraffic(
  seconds: number,
): Promise<{ chain: Chain; fromMs: number; stop: () => Promise<void> }> {
  const fromMs = Date.now();
  const chain = await startChain();
  let sample: Sample | undefined;
  const stop = async (): Promise<void> => {
    await sample?.stop();
    await chain.stop();
  };
  try {
    sample = await startSample(chain);
    await driveTraffic(sample, seconds);
    await waitForLogs(chain);
  } catch (error) {
    await stop();
    throw error;
  }
  return { chain, fromMs, stop };
}

/** Until the number of stored lines stays as it is: what was logged last is stored. */
export async function waitForLogs({ elasticsearch }: Chain): Promise<void> {
  let last = -1;
  await waitUntil(
    async () => {
      const now = await count(elasticsearch, { match_all: {} });
      const isSame = now === last && now > 0;
      last = now;
      return isSame;
    },
    { what: 'all lines stored', everyMs: 2_000, timeoutMs: 60_000 },
  );
}
