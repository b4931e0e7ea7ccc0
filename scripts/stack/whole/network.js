import { createServer } from 'node:net';

const ATTEMPTS = 50;
/** Prometheus': where somebody listens on it at one of the addresses, the network is another's. */
const PROBE_PORT = 9090;

/**
 * Addresses of the loopback network that nobody else uses, one for each service: all keep the ports that compose.yaml says.
 * @param {number} count At most 250. @returns {Promise<string[]>}
 */
export async function chooseNetwork(count) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const third = 1 + Math.floor(Math.random() * 254);
    const addresses = Array.from({ length: count }, (_, index) => `127.77.${third}.${index + 1}`);
    const free = await Promise.all(addresses.map((address) => isFree(address)));
    if (free.every(Boolean)) return addresses;
  }
  throw new Error('no free addresses found in 127.77.0.0/16');
}

/** @param {string} address @returns {Promise<boolean>} */
function isFree(address) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(PROBE_PORT, address, () => server.close(() => resolve(true)));
  });
}
