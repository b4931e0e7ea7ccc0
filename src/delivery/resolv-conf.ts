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
