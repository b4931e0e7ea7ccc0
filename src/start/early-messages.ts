import cluster from 'node:cluster';
import path from 'node:path';
import { readManifest } from '../application/manifest.js';

/**
 * With any `--import` Node 20 loads a CommonJS main script asynchronously. The parent of a forked process or a cluster worker
 * may write before that script listens, and the message would be lost. From Node 22 on the script runs at once.
 */
const ASYNCHRONOUS_MAJORS = new Set(['20', '21']);

/** Longest time that nothing is read: a loader may hide the main script from us. */
const LONGEST_HOLD_MS = 2_000;

type EarlyMessage = [event: string, message: unknown, handle: unknown];

interface Channel {
  readonly fd: number;
  readonly refCounted: () => void;
  readonly unrefCounted: () => void;
  readonly [pending: symbol]: unknown;
}

interface ChannelPipe {
  readonly fd: number;
  readonly bytesRead: number;
  readonly readStart: () => void;
  readonly readStop: () => void;
}

/**
 * Lets the main script run before messages of the parent process are told, as without a preload. What has been read
 * already is in Node's own queue, which Node empties in one go at the first listener: one that takes one message loses
 * the others, and one that disconnects ends in a TypeError of Node's. Nothing happens where Node runs the script at once, or where
 * it is an ES module, which Node loads like this by itself.
 * @returns False where messages are lost: a cluster worker's are not queued.
 */
export function holdEarlyMessages(mainScript: string | undefined): boolean {
  const { channel } = process as unknown as { channel?: Channel | null };
  const [major = ''] = process.versions.node.split('.');
  if (channel === undefined || channel === null) return true;
  if (!ASYNCHRONOUS_MAJORS.has(major) || !isCommonJs(mainScript)) return true;
  const pipe = findPipe(channel);
  if (pipe === undefined) return false;
  pipe.readStop();
  const untilMs = performance.now() + LONGEST_HOLD_MS;
  const early = takePending(channel);
  const look = (): void => {
    // It runs in one piece: once it is there it has run.
    if (!hasMainModule() && performance.now() < untilMs) return void setImmediate(look);
    for (const message of [...early, ...takePending(channel)]) process.nextTick(tell, message);
    if (process.connected) pipe.readStart();
  };
  // Holds the process open until then: a pipe that is not read does not, and the script may only listen to that.
  setImmediate(look);
  return !cluster.isWorker || pipe.bytesRead === 0;
}

/** `require.main` of the CommonJS modules, which an ES module cannot ask. */
function hasMainModule(): boolean {
  return (process as { mainModule?: unknown }).mainModule !== undefined;
}

/** As Node does it for a message that it has just read. */
function tell([event, message, handle]: EarlyMessage): void {
  if (process.listenerCount('message') > 0) process.emit(event as 'message', message, handle as undefined);
  else findPending((process as unknown as { channel?: Channel | null }).channel)?.push([event, message, handle]);
}

function takePending(channel: Channel): EarlyMessage[] {
  return findPending(channel)?.splice(0) ?? [];
}

/** Messages that have been read while nobody listened. */
function findPending(channel: Channel | null | undefined): EarlyMessage[] | undefined {
  if (channel === undefined || channel === null) return undefined;
  const key = Object.getOwnPropertySymbols(channel).find(({ description }) => description === 'kPendingMessages');
  const pending = key === undefined ? undefined : channel[key];
  return Array.isArray(pending) ? (pending as EarlyMessage[]) : undefined;
}

/** The channel's own handle, which Node shows nowhere but among those that hold the process open. */
function findPipe(channel: Channel): ChannelPipe | undefined {
  const { _getActiveHandles: list } = process as unknown as { _getActiveHandles?: () => Partial<ChannelPipe>[] };
  if (typeof list !== 'function' || typeof channel.refCounted !== 'function') return undefined;
  channel.refCounted();
  const pipe = list().find((handle) => handle.fd === channel.fd && typeof handle.readStop === 'function');
  channel.unrefCounted();
  return pipe as ChannelPipe | undefined;
}

function isCommonJs(script: string | undefined): boolean {
  if (script === undefined) return false;
  const extension = path.extname(script);
  if (extension === '.cjs') return true;
  return (extension === '.js' || extension === '') && readType(path.dirname(path.resolve(script))) !== 'module';
}

/** The type that the nearest package.json says, which is the one that Node asks. */
function readType(folder: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    const manifest = readManifest(at);
    if (manifest !== undefined || at === path.dirname(at)) return manifest?.type;
  }
}
