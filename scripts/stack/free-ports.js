import { createServer } from 'node:net';

/**
 * Below the ports that systems take for outgoing connections: nobody gets a stopped server's port by chance, and a client
 * that tries a port where nobody listens cannot connect to itself.
 */
const FIRST = 15_000;
const LAST = 31_999;
const ATTEMPTS = 100;

/** What this process was given already; a server may be down when its port is looked at. @type {Set<number>} */
const given = new Set();

/**
 * Ports of the loopback address that nobody listens on, all different, each given once in a process.
 * @param {number} count @returns {Promise<number[]>}
 */
export async function findFreePorts(count) {
  const ports = [];
  while (ports.length < count) ports.push(await findFreePort());
  return ports;
}

async function findFreePort() {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port found between ${FIRST} and ${LAST}`);
}

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
