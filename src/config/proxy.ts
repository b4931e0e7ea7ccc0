import { BlockList, isIP } from 'node:net';
import type { Problem } from './setting.js';

/** The proxy that requests to one URL go through. */
export interface ProxyConfig {
  /** Without credentials: it may be shown. */
  readonly url: string;
  /** Value of `Proxy-Authorization`. Secret. */
  readonly authorization: string | undefined;
}

/** The variables, for the documents. In lower case they hold too, and win. */
export const PROXY_VARIABLES = {
  HTTPS_PROXY: 'Proxy to a collector whose URL is https. It is asked for a tunnel (CONNECT).',
  HTTP_PROXY: 'Proxy to a collector whose URL is http.',
  ALL_PROXY: 'Proxy to both, where the one above is not set.',
  NO_PROXY:
    'Hosts that are reached without one, comma separated: a name (`example.com`, with all below it), `.example.com`, `*.example.com`, an address, a network (`10.0.0.0/8`), each with a port (`host:4318`) or without, or `*` for all.',
} as const;

/** The way to `url` that the environment names. An unusable one is a problem, and none is used. */
export function readProxy(url: string, env: NodeJS.ProcessEnv, problems: Problem[]): ProxyConfig | undefined {
  const target = new URL(url);
  const names = target.protocol === 'https:' ? ['HTTPS_PROXY', 'ALL_PROXY'] : ['HTTP_PROXY', 'ALL_PROXY'];
  for (const name of names) {
    const text = readEither(env, name);
    if (text === '') continue;
    if (isExcluded(target, readEither(env, 'NO_PROXY'))) return undefined;
    const proxy = parseProxy(text);
    if (proxy === undefined) {
      problems.push(
        `${name} is not usable for logs (value not shown); allowed: an http:// or https:// URL of a proxy; used instead: no proxy`,
      );
    }
    return proxy;
  }
  return undefined;
}

function readEither(env: NodeJS.ProcessEnv, name: string): string {
  const lower = env[name.toLowerCase()]?.trim() ?? '';
  return lower === '' ? (env[name]?.trim() ?? '') : lower;
}

/** As curl takes it: without a scheme it is http. */
function parseProxy(text: string): ProxyConfig | undefined {
  try {
    const url = new URL(text.includes('://') ? text : `http://${text}`);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
    const login = `${decode(url.username)}:${decode(url.password)}`;
    const authorization = login === ':' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    return { url: `${url.protocol}//${url.host}`, authorization };
  } catch {
    return undefined;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isExcluded(target: URL, noProxy: string): boolean {
  const host = bare(target.hostname).toLowerCase().replace(/\.$/, '');
  const defaultPort = target.protocol === 'https:' ? '443' : '80';
  const port = target.port === '' ? defaultPort : target.port;
  return noProxy.split(/[\s,]+/).some((entry) => entry !== '' && matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = '', entryPort] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*)(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const plain = bare(name).replace(/\.$/, '');
  if (isIP(host) !== 0) return matchesAddress(plain, host);
  if (plain.startsWith('*.')) return host.endsWith(plain.slice(1));
  const suffix = plain.replace(/^\./, '');
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
}

function matchesAddress(entry: string, host: string): boolean {
  const [address = '', bits] = entry.split('/', 2);
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0 || isIP(address) !== isIP(host)) return false;
  const list = new BlockList();
  if (bits === undefined) list.addAddress(address, family);
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 'ipv6' ? 128 : 32)) {
    list.addSubnet(address, Number(bits), family);
  }
  return list.check(host, family);
}

function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
