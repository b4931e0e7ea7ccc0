import { readProxy, type ProxyConfig } from './proxy.js';
import { describeProblem, type Problem, type Values } from './setting.js';
import { LOG_EXPORT } from './settings/log-export.js';

type LogExportValues = Values<typeof LOG_EXPORT>;

/** A file in PEM, and the variable that named it. */
export interface PemFile {
  readonly variable: string;
  readonly path: string;
}

/** Whom to trust, and who we are. Absent: the roots that Node trusts, and nobody. */
export interface PemFiles {
  readonly ca?: PemFile | undefined;
  readonly cert?: PemFile | undefined;
  readonly key?: PemFile | undefined;
}

/** How log records get to the collector: of each pair of variables the one that holds for logs. */
export interface LogTransport {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  readonly protocol: 'http/json' | 'http/protobuf';
  readonly pemFiles: PemFiles;
  readonly proxy: ProxyConfig | undefined;
}

/**
 * Puts together what the variables for all signals and those for logs alone say.
 * @param spansAreSent What only spans make use of is no problem then.
 */
export function readLogTransport(
  values: LogExportValues,
  env: NodeJS.ProcessEnv,
  problems: Problem[],
  spansAreSent: boolean,
): LogTransport {
  const url = values.logsEndpoint ?? joinPath(values.endpoint, 'v1/logs');
  const found: Problem[] = [];
  const transport = {
    url,
    headers: { ...values.headers, ...values.logsHeaders },
    timeoutMs: Math.min(values.logsTimeoutMs ?? values.timeoutMs, values.exportTimeoutMs ?? Infinity),
    compression: values.logsCompression ?? values.compression,
    protocol: chooseProtocol(values, found),
    pemFiles: choosePemFiles(values, url, found, spansAreSent),
    // A collector that nobody has named is on this machine: no proxy leads to it.
    proxy: isNamed(values) ? readProxy(url, env, found) : undefined,
  };
  if (values.exporter !== 'none') problems.push(...found);
  return transport;
}

function joinPath(base: string, path: string): string {
  return base.endsWith('/') ? base + path : `${base}/${path}`;
}

function isNamed({ endpoint, logsEndpoint }: LogExportValues): boolean {
  return logsEndpoint !== undefined || endpoint !== LOG_EXPORT.endpoint.fallback;
}

function chooseProtocol({ protocol, logsProtocol }: LogExportValues, problems: Problem[]): LogTransport['protocol'] {
  const chosen = logsProtocol ?? protocol;
  if (chosen !== 'grpc') return chosen;
  const setting =
    logsProtocol === undefined ? LOG_EXPORT.protocol : { ...LOG_EXPORT.logsProtocol, fallback: 'http/json' };
  problems.push(describeProblem(setting, chosen));
  return 'http/json';
}

/** Those for logs alone first. */
const PEM_KEYS = {
  ca: ['logsCertificate', 'certificate'],
  cert: ['logsClientCertificate', 'clientCertificate'],
  key: ['logsClientKey', 'clientKey'],
} as const;

function choosePemFiles(values: LogExportValues, url: string, problems: Problem[], spansAreSent: boolean): PemFiles {
  const choose = (role: keyof typeof PEM_KEYS): PemFile | undefined => {
    for (const key of PEM_KEYS[role]) {
      const path = values[key];
      if (path !== undefined) return { variable: LOG_EXPORT[key].variable, path };
    }
    return undefined;
  };
  const files = { ca: choose('ca'), cert: choose('cert'), key: choose('key') };
  if (new URL(url).protocol !== 'https:') {
    for (const file of Object.values(files)) {
      if (file === undefined || (spansAreSent && !file.variable.includes('_LOGS_'))) continue;
      problems.push(`${file.variable} is set and does not hold: logs go to ${url}, which is not https`);
    }
    return {};
  }
  if ((files.cert === undefined) === (files.key === undefined)) return files;
  const { variable } = files.cert ?? files.key ?? { variable: '' };
  problems.push(
    `${variable} is set alone; allowed: a client's certificate and its key together; used instead: neither`,
  );
  return { ca: files.ca };
}
