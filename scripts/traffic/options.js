import { isIPv4 } from 'node:net';
import { parseArgs } from 'node:util';

const MAX_SECONDS = 3_600;
const MAX_REQUESTS = 1_000_000;
const MAX_RATE = 2_000;
const MAX_SEED = 2 ** 32 - 1;

export const USAGE = `Usage: npm run traffic -- [--url URL] [--seconds N | --requests N] [--rate N] [--seed N] [--json]

  --url URL      a running sample on this machine; http://127.0.0.1:8080 without it
  --seconds N    how long, 1 to ${MAX_SECONDS}; 30 without it
  --requests N   exactly so many requests instead, 1 to ${MAX_REQUESTS}
  --rate N       requests a second at most, 1 to ${MAX_RATE}; 50 without it
  --seed N       0 to ${MAX_SEED}: the same seed gives the same choices; 1 without it
  --json         prints what was done as JSON; progress goes to stderr in either case`;

/** What to do, from the command line. Throws an Error whose message is for the person at the terminal. */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8080' },
      seconds: { type: 'string' },
      requests: { type: 'string' },
      rate: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.seconds !== undefined && values.requests !== undefined) {
    throw new Error('--seconds and --requests exclude each other');
  }
  return {
    help: values.help,
    json: values.json,
    url: readUrl(values.url),
    rate: readWhole('--rate', values.rate, 1, MAX_RATE),
    seed: readWhole('--seed', values.seed, 0, MAX_SEED),
    maxRequests:
      values.requests === undefined ? MAX_REQUESTS : readWhole('--requests', values.requests, 1, MAX_REQUESTS),
    maxSeconds:
      values.requests === undefined ? readWhole('--seconds', values.seconds ?? '30', 1, MAX_SECONDS) : Infinity,
  };
}

function readWhole(name, text, min, max) {
  const number = Number(text);
  if (!/^\d{1,10}$/.test(text) || number < min || number > max) {
    throw new Error(`${name} is "${text}"; it has to be a whole number from ${min} to ${max}`);
  }
  return number;
}

/** The origin of a server on this machine: aborted and malformed requests are nothing to send to others. */
function readUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.protocol === 'http:' && url.href === `${url.origin}/`;
  if (!isPlain || !isLoopback(url.hostname)) {
    throw new Error(
      `--url is "${text}"; it has to be http:// with a host of this machine (127.0.0.1, localhost, [::1]) and a port`,
    );
  }
  return url;
}

function isLoopback(hostname) {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}
