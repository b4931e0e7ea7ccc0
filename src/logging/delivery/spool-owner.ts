import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Lane } from './segment.js';

/** A process that writes into a spool folder, as its files' names tell of it. */
export interface SpoolOwner {
  /** A service takes up what it left itself, also where several have one folder. */
  readonly service: string;
  /** Two containers with one folder have pids of their own, and host names. */
  readonly host: string;
  readonly pid: number;
  /** Tells processes with one pid apart: the kernel's start time, or the process's own clock. */
  readonly started: string;
}

/** What a file's name says. */
export interface SpoolFileName {
  readonly owner: SpoolOwner;
  readonly sequence: number;
  readonly lane: Lane;
}

const FILE_NAME = /^([0-9a-f]{8})-([0-9a-f]{8})-(\d{1,10})-(\d{1,20})-(\d{1,15})-(high|low)\.otlp$/;

/** This process. */
export function currentOwner(serviceName: string): SpoolOwner {
  return {
    service: shorten(serviceName),
    host: shorten(hostname()),
    pid: process.pid,
    started: readProcess('self')?.started ?? String(Math.round(performance.timeOrigin)),
  };
}

/** The name of a segment's file. */
export function printFileName({ owner, sequence, lane }: SpoolFileName): string {
  return `${owner.service}-${owner.host}-${owner.pid}-${owner.started}-${sequence}-${lane}.otlp`;
}

/** Undefined for a file that is not a segment. */
export function parseFileName(name: string): SpoolFileName | undefined {
  const match = FILE_NAME.exec(name);
  if (match === null) return undefined;
  const [, service = '', host = '', pid = '', started = '', sequence = '', lane] = match;
  return {
    owner: { service, host, pid: Number(pid), started },
    sequence: Number(sequence),
    lane: lane === 'high' ? 'high' : 'low',
  };
}

/**
 * Whether the process that wrote a file is gone. Undefined where that cannot be known: another host's.
 * @param self This process.
 */
export function isGone(owner: SpoolOwner, self: SpoolOwner): boolean | undefined {
  if (owner.host !== self.host) return undefined;
  if (owner.pid === self.pid) return owner.started !== self.started;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  const running = readProcess(owner.pid);
  return running !== undefined && (running.dead || running.started !== owner.started);
}

function shorten(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** From /proc/PID/stat; undefined where there is no such file. */
function readProcess(
  pid: number | 'self',
): { readonly started: string | undefined; readonly dead: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses, which may have spaces; the third is the state, the 22nd the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is still there for its parent to look at, and will not write again.
    return { started: fields[19], dead: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}
