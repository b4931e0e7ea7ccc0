import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process that writes into a spool folder, as its files' names tell of it. */
export interface SpoolOwner {
  readonly host: string;
  readonly pid: number;
  /** Tells processes with one pid apart: the kernel's start time, or the process's own clock. */
  readonly started: string;
}

const FILE_NAME = /^([0-9a-f]{8})-(\d+)-(\d+)-(\d+)-(high|low)\.otlp$/;

/** This process. */
export function currentOwner(): SpoolOwner {
  return {
    host: hostTag(),
    pid: process.pid,
    started: startedOf('self') ?? String(Math.round(performance.timeOrigin)),
  };
}

/** The name of a segment's file. */
export function fileName(owner: SpoolOwner, sequence: number, lane: 'high' | 'low'): string {
  return `${owner.host}-${owner.pid}-${owner.started}-${sequence}-${lane}.otlp`;
}

/** What a file's name says; undefined for a file that is not a segment. */
export function parseFileName(name: string): { owner: SpoolOwner; lane: 'high' | 'low' } | undefined {
  const match = FILE_NAME.exec(name);
  if (match === null) return undefined;
  const [, host = '', pid = '', started = '', , lane] = match;
  return { owner: { host, pid: Number(pid), started }, lane: lane === 'high' ? 'high' : 'low' };
}

/** Whether the process that wrote a file is gone. Undefined where that cannot be known: another host's file. */
export function isGone(owner: SpoolOwner): boolean | undefined {
  if (owner.host !== hostTag()) return undefined;
  if (owner.pid === process.pid) return owner.started !== currentOwner().started;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const started = startedOf(owner.pid);
  return started !== undefined && started !== owner.started;
}

/** Two containers with one folder have pids of their own, and host names. */
function hostTag(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

/** Field 22 of /proc/PID/stat; undefined where there is no such file. */
function startedOf(pid: number | 'self'): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses, which may have spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
