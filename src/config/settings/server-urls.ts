import path from 'node:path';
import { resolveAtStart } from '../../application/start-folder.js';
import { parseServerUrl } from '../setting.js';

const parseRedis = parseServerUrl(['redis', 'rediss']);
const parsePostgres = parseServerUrl(['postgres', 'postgresql']);

/** Of redis-py. */
const REDIS_FILES = /([?&]ssl_ca_certs=)([^&#]+)/g;
/** Of libpq, whose `system` is no file. */
const DATABASE_FILES = /([?&]ssl(?:cert|key|rootcert)=)(?!system(?:[&#]|$))([^&#]+)/g;

/** A URL of one Redis, its file of CAs as `resolveAtStart` has it. */
export function parseRedisUrl(text: string): string | undefined {
  return parseRedis(text.replace(REDIS_FILES, resolveParameter));
}

/** A URL of PostgreSQL, its files as `resolveAtStart` has them. */
export function parseDatabaseUrl(text: string): string | undefined {
  // SQLAlchemy's form, postgresql+asyncpg://, names a Python driver.
  const url = text.replace(/^(postgres(?:ql)?)\+\w+:/i, '$1:');
  return parsePostgres(url.replace(DATABASE_FILES, resolveParameter));
}

function resolveParameter(parameter: string, name: string, value: string): string {
  try {
    const file = decodeURIComponent(value.replaceAll('+', ' '));
    if (path.isAbsolute(file)) return parameter;
    // Some readers of URLs know a slash only as it is.
    return name + encodeURIComponent(resolveAtStart(file)).replaceAll('%2F', '/');
  } catch {
    // Not percent-encoded: for the client to refuse.
    return parameter;
  }
}
