/**
 * The rooms of src/, what each is for, and whom it may know: rooms above it only, so that there is no circle.
 * The lint rule (oxlint.json) and the list in CONTRIBUTING.md are made of this by `npm run docs`.
 * @type {readonly Room[]}
 * @typedef {{ name: string, about: string, knows: readonly string[] }} Room
 */
export const ROOMS = [
  { name: 'files', about: 'small files that a setting names: secrets, certificates, keys', knows: [] },
  { name: 'collections', about: 'maps that cannot grow without end', knows: [] },
  { name: 'node', about: "Node's modules that an import would load too much of", knows: [] },
  { name: 'timing', about: 'deadlines, waits between tries, what is done again and again', knows: [] },
  {
    name: 'application',
    about: 'the application that we are in: its main script, its package, its modules',
    knows: [],
  },
  {
    name: 'diagnostics',
    about: 'the one voice on stderr; failures, deadlines, our version',
    knows: ['timing', 'application'],
  },
  { name: 'context', about: 'what travels with a request; marks of our own traffic', knows: [] },
  { name: 'config', about: 'the only reader of the environment', knows: ['files', 'application', 'diagnostics'] },
  {
    name: 'hooks',
    about: 'patching packages and methods, and saying whether it took',
    knows: ['application', 'diagnostics'],
  },
  { name: 'metrics', about: 'catalogue, instruments, recording, limits', knows: ['diagnostics'] },
  { name: 'redaction', about: 'secrets in texts and values; knows nothing of logs', knows: ['collections', 'config'] },
  {
    name: 'delivery',
    about: 'lines to the collector and to the spool; knows nothing of what they say',
    knows: ['files', 'node', 'timing', 'diagnostics', 'context', 'config', 'metrics'],
  },
  {
    name: 'logs',
    about: 'a record: its fields, levels, text, exception, caller, encoding',
    knows: ['collections', 'diagnostics', 'context', 'config', 'redaction'],
  },
  {
    name: 'loggers',
    about: 'how lines come to us: winston, getLogger',
    knows: ['diagnostics', 'context', 'hooks', 'logs'],
  },
  {
    name: 'http',
    about: 'a request at the server; outgoing/: at the client; request ids',
    knows: ['node', 'diagnostics', 'context', 'hooks', 'metrics', 'delivery', 'logs'],
  },
  {
    name: 'frameworks',
    about: 'how a framework tells its routes and serves our pages: Express, Fastify, Koa, Hono',
    knows: ['hooks', 'http'],
  },
  {
    name: 'jobs',
    about: "BullMQ's jobs, observeTask; queues/, celery/: read from Redis (redis/)",
    knows: ['files', 'timing', 'application', 'diagnostics', 'context', 'config', 'hooks', 'metrics', 'logs'],
  },
  {
    name: 'health',
    about: 'checks, registry, pages',
    knows: ['files', 'node', 'timing', 'application', 'diagnostics', 'context', 'config', 'http', 'frameworks', 'jobs'],
  },
  {
    name: 'admin',
    about: 'the server of /metrics and /health; live/: the page for people',
    knows: ['files', 'node', 'timing', 'diagnostics', 'context'],
  },
  {
    name: 'otel',
    about: "the only user of OpenTelemetry's SDK: providers, readers, resource, spans",
    knows: [
      'collections',
      'application',
      'diagnostics',
      'config',
      'metrics',
      'delivery',
      'logs',
      'http',
      'jobs',
      'admin',
    ],
  },
  {
    name: 'start',
    about: 'what is wired to what: guard, start, end of the process',
    knows: [
      'timing',
      'application',
      'diagnostics',
      'config',
      'hooks',
      'metrics',
      'redaction',
      'delivery',
      'logs',
      'loggers',
      'http',
      'frameworks',
      'jobs',
      'health',
      'admin',
      'otel',
    ],
  },
  { name: 'deploy', about: "the stack's files, written into a site's folder", knows: [] },
];

/** The doors, which are files: they are no room's. */
const DOORS = [
  {
    file: 'src/register.ts',
    knows: ['diagnostics', 'start'],
    message: 'The preload guards and starts; start/ loads the rest.',
  },
  {
    file: 'src/index.ts',
    knows: ['diagnostics', 'context', 'config', 'metrics', 'logs', 'loggers', 'http', 'frameworks', 'jobs', 'health'],
    message: 'The public API works without the preload: nothing of it in here.',
  },
  { file: 'src/cli.ts', knows: ['deploy'], message: 'A command is loaded when it is asked for, by its own room.' },
];

/** oxlint's rules about who imports whom. @returns {object} */
export function makeRules() {
  const overrides = [
    ...ROOMS.map(({ name, knows }) => ({
      files: [`src/${name}/**`],
      rules: restrict(
        '(\\.\\./)+',
        [name, ...knows],
        `${name}/ knows ${knows.join(', ') || 'no other room'}: scripts/rooms/rooms.js.`,
        name === 'otel',
      ),
    })),
    ...DOORS.map(({ file, knows, message }) => ({ files: [file], rules: restrict('\\./', knows, message, false) })),
  ];
  return { overrides };
}

/** @param {string} up @param {readonly string[]} known @param {string} message @param {boolean} mayTypes */
function restrict(up, known, message, mayTypes) {
  const others = ROOMS.map(({ name }) => name).filter((name) => !known.includes(name));
  /** @type {object[]} */
  const patterns = [
    { regex: `^${up}((cli|index|register)\\.js$${others.length === 0 ? '' : `|(${others.join('|')})/`})`, message },
    {
      group: ['@opentelemetry/*', '!@opentelemetry/api', '!@opentelemetry/api-logs'],
      ...(mayTypes ? { allowTypeImports: true } : {}),
      message: mayTypes
        ? 'The SDK is heavy: load it through src/otel/packages.ts and import its types only.'
        : 'Only src/otel/ imports OpenTelemetry beyond its API.',
    },
  ];
  if (known[0] !== 'node') {
    patterns.push({
      regex: '^node:https?$',
      allowTypeImports: true,
      message: 'Take it from src/node/http.ts: an import of it loads the undici inside Node.',
    });
  }
  return { 'no-restricted-imports': ['error', { patterns }] };
}

/** The list in CONTRIBUTING.md. */
export function printRooms() {
  const width = Math.max(...ROOMS.map(({ name }) => name.length)) + 2;
  return ROOMS.map(({ name, about }) => `    src/${`${name}/`.padEnd(width)} ${about}`).join('\n');
}
