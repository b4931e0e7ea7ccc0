import { DeadlineError } from '../timing/deadline.js';
import { describeError } from './diag.js';

/**
 * Why a check failed, in words that say nothing of hosts, paths and secrets: the health document shows them to
 * everybody, the error itself goes to the log.
 */
export type FailureCategory =
  | 'timeout'
  | 'refused'
  | 'unreachable'
  | 'name not found'
  | 'authentication'
  | 'certificate'
  | 'protocol'
  | 'connection lost'
  | 'out of connections'
  | 'starting'
  | 'out of memory'
  | 'read-only'
  | 'server error'
  | 'not mounted'
  | 'permission'
  | 'unsupported'
  | 'invalid answer'
  | 'failed';

/** A failure whose category is known. Its message is for the log. */
export class KnownFailure extends Error {
  override readonly name = 'KnownFailure';
  readonly category: FailureCategory;

  /** @param detail What was thrown, or what went wrong in words. */
  constructor(category: FailureCategory, detail: unknown) {
    super(describeError(detail), { cause: detail });
    this.category = category;
  }
}

const CODES: Readonly<Record<string, FailureCategory>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'name not found',
  EAI_AGAIN: 'name not found',
  EAI_FAIL: 'name not found',
  EAI_NODATA: 'name not found',
  EAI_NONAME: 'name not found',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  EHOSTDOWN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ECONNABORTED: 'connection lost',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  UND_ERR_SOCKET: 'connection lost',
  EACCES: 'permission',
  EPERM: 'permission',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
  EPROTO: 'protocol',
};

/** Beginnings of code names that are many. */
const PREFIXES: readonly (readonly [string, FailureCategory])[] = [
  ['CERT_', 'certificate'],
  ['HPE_', 'protocol'],
  ['ERR_SSL_', 'protocol'],
];

const MAX_DEPTH = 4;

/** The category of whatever was thrown: by its error code, else by its cause. Never throws. */
export function categorise(error: unknown): FailureCategory {
  try {
    return find(error, MAX_DEPTH) ?? 'failed';
  } catch {
    // A stranger's error with a getter that throws.
    return 'failed';
  }
}

function find(error: unknown, depth: number): FailureCategory | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined;
  if (error instanceof KnownFailure) return error.category;
  if (error instanceof DeadlineError) return 'timeout';
  const { name, code, syscall, cause, errors } = error as Readonly<Record<string, unknown>>;
  if (name === 'TimeoutError') return 'timeout';
  const own = typeof code === 'string' ? findByCode(code, syscall) : undefined;
  // A connection to a name with two addresses fails with an error for each.
  return own ?? find(cause, depth - 1) ?? (Array.isArray(errors) ? find(errors[0], depth - 1) : undefined);
}

function findByCode(code: string, syscall: unknown): FailureCategory | undefined {
  // No such socket file: nobody listens.
  if (code === 'ENOENT' && syscall === 'connect') return 'refused';
  if (Object.hasOwn(CODES, code)) return CODES[code];
  return PREFIXES.find(([prefix]) => code.startsWith(prefix))?.[1];
}
