import { diag } from '../diagnostics/diag.js';
import { SpoolLock } from './spool-lock.js';
import {
  createOwner,
  isKernelKnown,
  printFileName,
  printProcess,
  printSocketName,
  type FileKind,
  type SpoolOwner,
} from './spool-owner.js';

/** The names of this process's files, and the socket that says that it lives: made with the first name. */
export class SpoolNames {
  readonly lock: SpoolLock;
  readonly #directory: string;
  #owner: SpoolOwner;
  #sequence = 0;

  constructor(directory: string, serviceName: string) {
    this.#directory = directory;
    this.lock = new SpoolLock(directory);
    this.#owner = createOwner(serviceName, 'socket');
  }

  get owner(): SpoolOwner {
    return this.#owner;
  }

  /** What the names begin with; undefined before the first one. */
  get process(): string | undefined {
    return this.#sequence > 0 ? printProcess(this.#owner) : undefined;
  }

  /** A name for a new file. @param createdMs When what is in it was begun, in ms since 1970. */
  next(kind: FileKind, createdMs: number): string {
    // First: a process without a socket, where one can be, would look like a dead one.
    this.#sign();
    this.#sequence += 1;
    return printFileName(this.#owner, createdMs, this.#sequence, kind);
  }

  /** The socket is not in the folder any more. */
  signAgain(): void {
    this.lock.release();
    this.#sign();
  }

  #sign(): void {
    if (this.lock.held !== undefined || this.#owner.sign === 'touch') return;
    if (isKernelKnown() && this.lock.take(printSocketName(printProcess(this.#owner)))) return;
    if (this.#sequence > 0) diag.debug(`log spool ${this.#directory}: the socket cannot be made again`);
    else this.#owner = { ...this.#owner, sign: 'touch' };
  }
}
