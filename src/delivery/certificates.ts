import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { PemFile, PemFiles } from '../config/log-transport.js';
import { describeError } from '../diagnostics/diag.js';
import { identifyFile, MAX_PEM_BYTES, readSmallFile } from '../files/small-file.js';

const ROLES = ['ca', 'cert', 'key'] as const;
/** How often the files of a connection that is kept are looked at. */
const LOOK_MS = 1_000;

/**
 * The certificates of the delivery. They are read for each new connection, so that one that was renewed, or that was
 * not there yet, is taken without a restart.
 */
export class Certificates {
  readonly #files: PemFiles;
  /** Of the files as they were read last. */
  #signature: string | undefined;
  #lookedAtMs = 0;

  constructor(files: PemFiles) {
    this.#files = files;
  }

  /** What TLS needs. Rejects with the variable, the file and what is wrong with it. */
  async read(): Promise<SecureContextOptions> {
    this.#signature = await this.#sign();
    this.#lookedAtMs = performance.now();
    const options: SecureContextOptions = {};
    for (const role of ROLES) {
      const file = this.#files[role];
      if (file !== undefined) options[role] = await readPem(file, role === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE');
    }
    try {
      return { secureContext: createSecureContext(options) } as SecureContextOptions;
    } catch (error) {
      const names = ROLES.map((role) => this.#files[role]?.variable).filter((name) => name !== undefined);
      throw new Error(`${names.join(', ')} cannot be used: ${describeError(error)}`, { cause: error });
    }
  }

  /** Whether the files are others than those that were read. Never rejects. */
  async haveChanged(): Promise<boolean> {
    const nowMs = performance.now();
    if (this.#signature === undefined || nowMs - this.#lookedAtMs < LOOK_MS) return false;
    this.#lookedAtMs = nowMs;
    return (await this.#sign()) !== this.#signature;
  }

  async #sign(): Promise<string> {
    const signatures = ROLES.map(async (role) => {
      const file = this.#files[role];
      return file === undefined ? '' : identifyFile(file.path);
    });
    return (await Promise.all(signatures)).join('|');
  }
}

async function readPem(file: PemFile, content: string): Promise<Buffer> {
  const bytes = await readSmallFile(file.path, MAX_PEM_BYTES).catch((error: unknown) => {
    throw new Error(`${file.variable}: ${file.path} cannot be read: ${describeError(error)}`, { cause: error });
  });
  // OpenSSL takes a file without any as one that trusts nobody, and says that each certificate is wrong.
  if (!bytes.includes(content)) {
    throw new Error(`${file.variable}: ${file.path} holds no ${content.toLowerCase()} in PEM`);
  }
  return bytes;
}
