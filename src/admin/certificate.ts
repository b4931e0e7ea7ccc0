import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { describeError, diag, warnOnce } from '../diagnostics/diag.js';
import { identifyFileSync, MAX_PEM_BYTES, readSmallFileSync } from '../files/small-file.js';

/** Where certificate, with its chain, and key are, in PEM. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads both. @throws {Error} Where one cannot be read, or they do not belong together. */
export function readCertificate({ certFile, keyFile }: CertificateFiles): Pair {
  const pair = { cert: readSmallFileSync(certFile, MAX_PEM_BYTES), key: readSmallFileSync(keyFile, MAX_PEM_BYTES) };
  createSecureContext(pair);
  return pair;
}

/**
 * Has a server take a renewed certificate with the first connection after it, by a look at both files for each. While what
 * is there is of no use (half of the renewal is done) the one before is kept.
 */
export function followRenewal(server: Server, files: CertificateFiles): void {
  let seen = identify(files);
  // Ahead of the listener that begins the handshake.
  server.prependListener('connection', () => {
    const now = identify(files);
    if (now === seen) return;
    try {
      server.setSecureContext(readCertificate(files));
      seen = now;
      diag.info('the admin server has a new certificate');
    } catch (error) {
      warnOnce(`admin:certificate:${now}`, `the admin server keeps its certificate: ${describeError(error)}`);
    }
  });
}

/** Never throws: a connection must not end the application. */
function identify({ certFile, keyFile }: CertificateFiles): string {
  return `${identifyFileSync(certFile)} ${identifyFileSync(keyFile)}`;
}
