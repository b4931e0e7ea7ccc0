import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Lane } from './segment.js';

/** How others can tell whether a process lives: by its socket, or by its touching its files. */
export type Sign = 'socket' | 'touch';

/** A process that writes into a spool folder, as its files' names tell of it. */
export interface SpoolOwner {
  /** A service takes up what it left itself, also where several have one folder. */
  readonly service: string;
  /** Of the kernel, from its start on: containers of one host share it, whatever they call themselves. */
  readonly boot: string;
  /** Random: process ids and host names mean nothing in another container. */
  readonly id: string;
  readonly sign: Sign;
}

/** What a file holds: segments of a lane, or a record that is set aside. */
export type FileKind = Lane | 'aside';

/** What a file's name says. */
export interface SpoolFileName {
  /** Undefined for a file of version 0.1.0, which named host and process id. */
  readonly owner: SpoolOwner | undefined;
  readonly service: string;
  /** What all files of one process have in common. */
  readonly process: string;
  /** When the file was begun, in ms since 1970: says which of two is older, no more. */
  readonly createdMs: number;
  readonly sequence: number;
  readonly kind: FileKind;
  /** Its process writes into it, or sends what is in it: while that lives, nobody else may take it. */
  readonly held: boolean;
}

const FILE_NAME =
  /^v2-(([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{16})([st]))-(\d{1,15})-(\d{1,15})-(high|low|aside)(\.held)?\.otlp$/;
const HELD = '.held.otlp';
const FREE = '.otlp';
const SOCKET_NAME = /^v2-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{16}s\.sock$/;
const FIRST_FILE_NAME = /^(([0-9a-f]{8})-[0-9a-f]{8}-\d{1,10}-\d{1,20})-(\d{1,15})-(high|low|aside)\.otlp$/;
const LATER_NAME = /^v(?:[3-9]|\d{2,4})-.*\.(?:otlp|sock)$/;

/** This process, or a part of it that has a spool of its own. */
export function createOwner(serviceName: string, sign: Sign): SpoolOwner {
  const service = createHash('sha256').update(serviceName).digest('hex').slice(0, 8);
  return { service, boot: readBoot() ?? '00000000', id: randomBytes(8).toString('hex'), sign };
}

/** Whether sockets can tell anything here: the kernel has to be known. */
export function isKernelKnown(): boolean {
  return readBoot() !== undefined;
}

/** What all names of a process's files begin with. */
export function printProcess({ service, boot, id, sign }: SpoolOwner): string {
  return `${service}-${boot}-${id}${sign === 'socket' ? 's' : 't'}`;
}

/** The name of a segment's file. */
export function printFileName(owner: SpoolOwner, createdMs: number, sequence: number, kind: FileKind): string {
  return `v2-${printProcess(owner)}-${createdMs}-${sequence}-${kind}.otlp`;
}

/** A file's name while its process writes into it or sends what is in it. */
export function printHeldName(name: string): string {
  return `${printFreeName(name).slice(0, -FREE.length)}${HELD}`;
}

/** A file's name while it only waits. */
export function printFreeName(name: string): string {
  return name.endsWith(HELD) ? `${name.slice(0, -HELD.length)}${FREE}` : name;
}

/** The name of the socket that says that a process lives. */
export function printSocketName(process: string): string {
  return `v2-${process}.sock`;
}

/** Whether a name is that of such a socket. */
export function isSocketName(name: string): boolean {
  return SOCKET_NAME.test(name);
}

/** Whether a later version of this package has written a file. */
export function isLaterName(name: string): boolean {
  return LATER_NAME.test(name);
}

/** Undefined for a file that is not a segment. */
export function parseFileName(name: string): SpoolFileName | undefined {
  const match = FILE_NAME.exec(name);
  if (match === null) return parseFirstFileName(name);
  const [, process = '', service = '', boot = '', id = '', sign, created, sequence, kind, held] = match;
  return {
    owner: { service, boot, id, sign: sign === 's' ? 'socket' : 'touch' },
    service,
    process,
    createdMs: Number(created),
    sequence: Number(sequence),
    kind: kind as FileKind,
    held: held !== undefined,
  };
}

function parseFirstFileName(name: string): SpoolFileName | undefined {
  const match = FIRST_FILE_NAME.exec(name);
  if (match === null) return undefined;
  const [, process = '', service = '', sequence, kind] = match;
  const file = { owner: undefined, service, process, createdMs: 0, sequence: Number(sequence), kind: kind as FileKind };
  // Nobody knows which of its files such a process writes into.
  return { ...file, held: true };
}

/** Of the running kernel; undefined where nothing tells. */
function readBoot(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').replaceAll('-', '').slice(0, 8);
    return /^[0-9a-f]{8}$/.test(boot) ? boot : undefined;
  } catch {
    return undefined;
  }
}
