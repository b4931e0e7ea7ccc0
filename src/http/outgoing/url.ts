import { redactText } from '../../logs/redaction.js';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Where a request goes, as its options say. */
export interface UrlParts {
  /** With the colon. */
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  /** With the query; a whole URL where the request goes to a proxy. */
  readonly path: string;
}

/** The URL of a request for those who read spans: no credentials, and nothing that is secret by its name or its form. */
export function describeUrl({ protocol, address, port, path }: UrlParts): string {
  if (/^https?:\/\//i.test(path)) return redactText(withoutCredentials(path));
  const host = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
  const shownPort = DEFAULT_PORTS[protocol] === port ? '' : `:${port}`;
  return redactText(`${protocol}//${host}${shownPort}${path}`);
}

function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1');
}
