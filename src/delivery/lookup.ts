import dns, { type LookupAddress } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP, type LookupFunction } from 'node:net';
import { hostname as ownName } from 'node:os';
import { getResolverVariables } from '../config/config.js';
import { describeError, diag } from '../diagnostics/diag.js';

/** Longest wait for one name server, and for all that is asked of all of them. */
const SERVER_TIMEOUT_MS = 500;
const TIMEOUT_MS = 3_000;

/** What names are looked up with. For tests. Default: the system's. */
export interface LookupSources {
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
  readonly resolvFile?: string;
  readonly env?: NodeJS.ProcessEnv;
}

type Family = 0 | 4 | 6;

/**
 * A lookup of the collector's name that cannot hold the process. `dns.lookup` waits in a thread, for ten seconds and
 * more where no name server answers, and Node does not end before its threads do, `process.exit` or not. So this asks
 * itself, in a way that can be given up and in the order of glibc: the hosts file, then the name servers, for the name
 * behind each search domain and for the name alone, as its dots say. `dns.lookup` has its turn where the servers
 * answer but do not know the name: the machine may have other sources.
 */
export function createLookup(sources: LookupSources = {}): LookupFunction {
  return (hostname, options, callback) => {
    const lookUp = (): void => dns.lookup(hostname, options, callback);
    if (hostname === 'localhost' || isIP(hostname) !== 0) return lookUp();
    void findAddresses(hostname, readFamily(options.family), sources).then((found) => {
      // Out of the promise: what the callback throws is not a rejection of ours.
      process.nextTick(() => {
        if (found instanceof Error) return callback(found, '', 0);
        const [first] = found;
        if (first === undefined) return lookUp();
        if (options.all === true) return callback(null, found);
        callback(null, first.address, first.family);
      });
    });
  };
}

function readFamily(family: number | string | undefined): Family {
  if (family === 4 || family === 'IPv4') return 4;
  return family === 6 || family === 'IPv6' ? 6 : 0;
}

/** Addresses; an error where no name server answers; none where `dns.lookup` should try. Never rejects. */
async function findAddresses(
  hostname: string,
  family: Family,
  sources: LookupSources,
): Promise<LookupAddress[] | Error> {
  const hosts = findInHosts(await readText(sources.hostsFile ?? '/etc/hosts'), hostname);
  const known = order(hosts, family);
  if (known.length > 0) return known;
  const rules = readSearchRules(
    await readText(sources.resolvFile ?? '/etc/resolv.conf'),
    sources.env ?? getResolverVariables(),
    ownName(),
  );
  const resolver = new dns.promises.Resolver({ timeout: SERVER_TIMEOUT_MS, tries: 1 });
  const timer = setTimeout(() => resolver.cancel(), TIMEOUT_MS).unref();
  try {
    if (sources.servers !== undefined) resolver.setServers(sources.servers);
    for (const name of listCandidates(hostname, rules)) {
      const addresses = await ask(resolver, name, family);
      if (addresses.length > 0) return addresses;
    }
    return [];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return Object.assign(new Error(`no name server answers for ${hostname}`), { code });
  } finally {
    clearTimeout(timer);
  }
}

/** What the name servers have for a full name. Rejects where they do not answer. */
async function ask(resolver: dns.promises.Resolver, name: string, family: Family): Promise<LookupAddress[]> {
  const answers = await Promise.allSettled([
    family === 6 ? [] : resolver.resolve4(name),
    family === 4 ? [] : resolver.resolve6(name),
  ]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const silence = answers.find((answer) => answer.status === 'rejected' && isSilence(answer.reason));
  if (found.length === 0 && silence?.status === 'rejected') throw silence.reason;
  return order(found, family);
}

function isSilence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === dns.TIMEOUT || code === dns.CANCELLED;
}

/** IPv4 first, unless Node is told otherwise: all of them are tried, one after the other. */
function order(addresses: readonly string[], family: Family): LookupAddress[] {
  const found = addresses
    .map((address) => ({ address, family: isIP(address) }))
    .filter((each) => (family === 0 ? each.family !== 0 : each.family === family));
  const first = (dns.getDefaultResultOrder() as string) === 'ipv6first' ? 6 : 4;
  return found.toSorted((a, b) => Number(b.family === first) - Number(a.family === first));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    diag.debug(`${file} cannot be read: ${describeError(error)}`);
    return '';
  }
}

/** How names are looked up on this machine, of `/etc/resolv.conf` (resolv.conf(5)) and the variables that go before it. */
export interface SearchRules {
  /** Domains that are put behind a name. */
  readonly search: readonly string[];
  /** A name with as many dots is asked for as it is first. */
  readonly ndots: number;
}

const MAX_NDOTS = 15;

/**
 * Reads the text of the file, as glibc does: the last `search` or `domain` counts, `LOCALDOMAIN` and `RES_OPTIONS` win.
 * @param hostname This machine's name, whose domain is searched where nothing else is said.
 */
export function readSearchRules(text: string, env: NodeJS.ProcessEnv, hostname: string): SearchRules {
  const dot = hostname.indexOf('.');
  let search = dot === -1 ? [] : [hostname.slice(dot + 1)];
  let ndots = 1;
  const takeOptions = (options: readonly string[]): void => {
    for (const option of options) {
      const [, digits] = /^ndots:(\d+)$/.exec(option) ?? [];
      if (digits !== undefined) ndots = Math.min(Number(digits), MAX_NDOTS);
    }
  };
  for (const line of text.split('\n')) {
    const [keyword = '', ...words] = line
      .replace(/^[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search') search = words;
    else if (keyword === 'domain') search = words.slice(0, 1);
    else if (keyword === 'options') takeOptions(words);
  }
  const local = env['LOCALDOMAIN']?.trim();
  if (local !== undefined && local !== '') search = local.split(/\s+/);
  takeOptions((env['RES_OPTIONS'] ?? '').split(/\s+/));
  return { search: search.filter((domain) => domain !== ''), ndots };
}

/** The full names to ask for, one after the other, until there is one with an address. */
export function listCandidates(name: string, { search, ndots }: SearchRules): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const dots = name.split('.').length - 1;
  // A domain that is a dot alone stands for the name as it is.
  const searched = search.map((domain) => `${name}.${domain}`.replace(/\.+$/, ''));
  return [...new Set(dots >= ndots ? [name, ...searched] : [...searched, name])];
}

/** The addresses that the text of `/etc/hosts` has for a name (hosts(5)). */
export function findInHosts(text: string, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    if (names.some((each) => each.toLowerCase() === wanted)) found.push(address);
  }
  return found;
}
