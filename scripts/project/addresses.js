import net from 'node:net';

/**
 * An address as the environment gives it to the application or to the package.
 * @typedef {object} Address
 * @property {string} host
 * @property {number | undefined} port `undefined` where it is not known before the start: 0, or not a port.
 * @property {string} url Without a path; empty where the port is not known.
 * @property {string} variable The variable that sets the port.
 */

/**
 * Where the sample application listens, and where the package serves metrics and health.
 * @param {NodeJS.ProcessEnv} env @returns {{ app: Address, admin: Address }}
 */
export function findAddresses(env) {
  return {
    app: makeAddress(env['HOST'], env['PORT'], 8080, 'PORT'),
    admin: makeAddress(
      env['OTEL_EXPORTER_PROMETHEUS_HOST'],
      env['OTEL_EXPORTER_PROMETHEUS_PORT'],
      9464,
      'OTEL_EXPORTER_PROMETHEUS_PORT',
    ),
  };
}

/**
 * @param {string | undefined} host @param {string | undefined} port @param {number} fallback @param {string} variable
 * @returns {Address}
 */
function makeAddress(host = '', port = '', fallback, variable) {
  const name = host.trim() === '' ? '127.0.0.1' : host.trim();
  const number = port.trim() === '' ? fallback : Number(port);
  const known = Number.isInteger(number) && number > 0 && number <= 65_535;
  return {
    host: name,
    port: known ? number : undefined,
    url: known ? `http://${printHost(name)}:${number}` : '',
    variable,
  };
}

/** The host of a URL: an address that means "all of this machine" is reached by loopback. @param {string} host */
function printHost(host) {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Why nothing can listen at an address: `EADDRINUSE` where another program does.
 * @param {Address} address @returns {Promise<string | undefined>} `undefined`: it is free, or not known.
 */
export async function findListenProblem({ host, port }) {
  if (port === undefined) return undefined;
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => resolve(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

/**
 * Waits until something accepts connections at an address. No request is sent, so that none is counted.
 * @param {Address} address @param {AbortSignal} signal Ends the waiting. @returns {Promise<boolean>}
 */
export async function waitForListener(address, signal) {
  while (!signal.aborted) {
    if (await accepts(address)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** @param {Address} address @returns {Promise<boolean>} */
async function accepts({ port, url }) {
  const socket = net.connect({ host: new URL(url).hostname.replace(/^\[|\]$/g, ''), port: port ?? 0, timeout: 1000 });
  return new Promise((resolve) => {
    /** @param {boolean} answer */
    const finish = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
