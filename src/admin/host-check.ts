import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { answerText, type Answer } from './route.js';

const LAST_PORT = 65_535;

/** `host`, `host:port`, `[IPv6]`, `[IPv6]:port`; nothing of a user, a zone (RFC 6874, 4) or another script. */
const AUTHORITY = /^(?:\[([\da-f:.]+)\]|([\w.-]{1,255}))(?::(\d{0,5}))?$/i;

/** A target in absolute form, whose authority counts instead of the Host header (RFC 9112, 3.2.2). */
const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i;

/** What is wrong with whom a request says that it is for; undefined where it may be answered. */
export type HostCheck = (request: IncomingMessage) => Answer | undefined;

/**
 * Refuses requests for a name that is not ours. A page in a browser can have its own name lead to this address (DNS
 * rebinding) and would read what is served here; it cannot have the browser send another name than its own.
 * @param names Taken beside `localhost`, IP addresses and the machine's name.
 */
export function makeHostCheck(names: readonly string[]): HostCheck {
  const known = new Set(['localhost', hostname(), ...names].map(normalize));
  return ({ headersDistinct, url = '/' }) => {
    const [host, ...more] = headersDistinct['host'] ?? [];
    const target = ABSOLUTE.exec(url)?.[1];
    const hosts = [host ?? '', ...more, ...(target === undefined ? [] : [target])].map(readHost);
    if (more.length > 0 || hosts.includes(undefined)) {
      return answerText(400, 'one Host is needed, a name or an address, with a port or without');
    }
    if (hosts.every((name = '') => isAddress(name) || known.has(name))) return undefined;
    return answerText(421, 'this Host is not served here; BARBOSSA_ADMIN_HOSTS lists the names that are');
  };
}

/** The host of `host:port`, in one form of the many that a name has; undefined where it is none. */
function readHost(text: string): string | undefined {
  const [, address, name, port = ''] = AUTHORITY.exec(text) ?? [];
  if (Number(port) > LAST_PORT) return undefined;
  if (address !== undefined) return isIPv6(address) ? address : undefined;
  return name === undefined ? undefined : normalize(name);
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function isAddress(host: string): boolean {
  return isIPv4(host) || isIPv6(host);
}
