import { readSmallFile } from '../files/small-file.js';

/** What a header may have in it (RFC 9110, 5.5); Node refuses all else. */
const TOKEN = /^[\t\u0020-\u007e\u0080-\u00ff]+$/;

/**
 * The Authorization header of the token in a file, read anew for each request, so that a new one holds at once.
 * @throws {Error} Where there is none. It does not say what the file has.
 */
export async function readAuthorization(file: string): Promise<{ authorization: string }> {
  const token = (await readSmallFile(file)).toString('utf8').trim();
  if (!TOKEN.test(token)) throw new Error(`${file} has no token in it`);
  return { authorization: `Bearer ${token}` };
}
