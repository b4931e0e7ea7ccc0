import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { REGISTER, startApp, type AppExit } from './app-process.js';
import { findFreePort } from './free-port.js';
import { startReceiver, type OtlpReceiver } from './otlp-receiver.js';

/** How an application of `apps/endings.cjs` ended. */
export interface Ending {
  readonly exit: AppExit;
  readonly stdout: string;
  /** Without our own lines. */
  readonly stderr: string;
  /** Our own lines. */
  readonly told: readonly string[];
  /** From its last line on stdout, or from the last signal, to its end. */
  readonly tookMs: number;
}

/** What is sent to the application when it is ready: signals, 100 ms apart. */
export interface EndingOptions {
  readonly signals?: readonly NodeJS.Signals[];
  /** Each signal waits until the one before has been answered by a line: Node may lose one that comes earlier. */
  readonly answered?: boolean;
  /** Unset: without the preload. */
  readonly collector?: string;
  readonly spool?: string;
}

const OWN_LINE = /^\[barbossa-telemetry\] .*\n/gm;

/** Runs it to its end. */
export async function runEnding(
  how: string,
  { signals = [], answered = false, collector, spool }: EndingOptions,
): Promise<Ending> {
  const folder = makeFolder();
  const app = startApp('endings.cjs', {
    nodeOptions: collector === undefined ? [] : ['--import', REGISTER],
    args: [how, path.join(folder, 'app.log')],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector ?? '', BARBOSSA_LOG_SPOOL_DIR: spool ?? 'off' },
  });
  let lastMs = performance.now();
  app.child.stdout?.on('data', () => (lastMs = performance.now()));
  if (signals.length > 0) await app.waitFor(/ready/);
  for (const [index, signal] of signals.entries()) {
    if (index > 0 && answered) await app.waitFor(new RegExp(`(?:handled|signal).*\\n`.repeat(index)));
    if (index > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    app.child.kill(signal);
    lastMs = performance.now();
  }
  const exit = await app.exited;
  const told = app.stderr().match(OWN_LINE) ?? [];
  return {
    exit,
    stdout: app.stdout(),
    stderr: app.stderr().replace(OWN_LINE, ''),
    told,
    tookMs: performance.now() - lastMs,
  };
}

/** A folder that is gone when the test is over. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-test-ending-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The records that arrive when an application of the same service starts again. */
export async function receiveAfterRestart(
  spool: string,
  isWanted: (receiver: OtlpReceiver) => boolean,
): Promise<OtlpReceiver> {
  const receiver = await startReceiver();
  const app = startApp('endings.cjs', {
    args: ['waits'],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, BARBOSSA_LOG_SPOOL_DIR: spool },
  });
  await app.waitFor(/ready/);
  await receiver.waitFor(() => isWanted(receiver));
  return receiver;
}

/** A collector that nobody has started. */
export async function findAbsentCollector(): Promise<string> {
  return `http://127.0.0.1:${await findFreePort()}`;
}

/** A collector that takes connections and says nothing. */
export async function startHangingCollector(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
