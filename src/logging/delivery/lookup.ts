import dns from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP, type LookupFunction } from 'node:net';
import { describeError, diag } from '../../diag.js';

/** Longest wait for one name server, and for all of them. */
const SERVER_TIMEOUT_MS = 500;
const TIMEOUT_MS = 1_500;
const HOSTS_FILE = '/etc/hosts';

/**
 * A lookup of the collector's name that cannot hold the process. `dns.lookup` waits in a thread, for ten seconds and
 * more where no name server answers, and Node does not end before its threads do, `process.exit` or not. So the name
 * servers are asked first, in a way that can be given up. `dns.lookup` has its turn where the name is in the hosts file,
 * and where the servers answer but do not know the name, which may want a search domain.
 * @param servers For tests. Default: the system's.
 */
export function createLookup(servers?: readonly string[]): LookupFunction {
  return (hostname, options, callback) => {
    const lookUp = (): void => dns.lookup(hostname, options, callback);
    const { family } = options;
    if (hostname === 'localhost' || isIP(hostname) !== 0 || family === 6 || family === 'IPv6') return lookUp();
    void findAddresses(hostname, servers).then((found) => {
      // Out of the promise: what the callback throws is not a rejection of ours.
      process.nextTick(() => {
        if (found instanceof Error) return callback(found, '', 0);
        if (found === undefined) return lookUp();
        if (options.all !== true) return callback(null, found[0] ?? '', 4);
        callback(
          null,
          found.map((address) => ({ address, family: 4 })),
        );
      });
    });
  };
}

/** IPv4 addresses; an error where no name server answers; undefined where `dns.lookup` should try. Never rejects. */
async function findAddresses(
  hostname: string,
  servers: readonly string[] | undefined,
): Promise<string[] | Error | undefined> {
  if (await isInHostsFile(hostname)) return undefined;
  const resolver = new dns.promises.Resolver({ timeout: SERVER_TIMEOUT_MS, tries: 1 });
  const timer = setTimeout(() => resolver.cancel(), TIMEOUT_MS).unref();
  try {
    if (servers !== undefined) resolver.setServers(servers);
    const addresses = await resolver.resolve4(hostname);
    return addresses.length === 0 ? undefined : addresses;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== dns.TIMEOUT && code !== dns.CANCELLED) return undefined;
    return Object.assign(new Error(`no name server answers for ${hostname}`), { code });
  } finally {
    clearTimeout(timer);
  }
}

async function isInHostsFile(hostname: string): Promise<boolean> {
  try {
    const lines = (await readFile(HOSTS_FILE, 'utf8')).split('\n');
    return lines.some((line) => (line.split('#')[0] ?? '').split(/\s+/).slice(1).includes(hostname));
  } catch (error) {
    diag.debug(`${HOSTS_FILE} cannot be read: ${describeError(error)}`);
    return false;
  }
}
