import path from 'node:path';
import {
  NO_BOOLEANS,
  BOOLEANS,
  integers,
  keyPart,
  text,
  url,
  HEADERS,
  TOKEN,
  PATH,
  type VariableRow,
} from './variable-rows.js';

const PROTOCOL = {
  nonsense: ['json', 'http', 'http/json,grpc', 'grpc/http'],
  valid: [
    ['http/json', 'http/json'],
    ['HTTP/protobuf', 'http/protobuf'],
  ],
} as const;
const REDIS_FILES = [
  [
    'rediss://redis/1?ssl_cert_reqs=required&ssl_ca_certs=ca.pem',
    `rediss://redis/1?ssl_cert_reqs=required&ssl_ca_certs=${path.resolve('ca.pem')}`,
  ],
  ['rediss://redis?ssl_ca_certs=/etc/ca.pem', 'rediss://redis?ssl_ca_certs=/etc/ca.pem'],
] as const;
/** Any path. */
const PEM_FILE: VariableRow = {
  nonsense: [],
  valid: [
    ['/etc/pki/x.pem', '/etc/pki/x.pem'],
    ['x.pem', path.resolve('x.pem')],
  ],
  fallback: '',
};

/** Any text is a path: one that leads nowhere keeps a door shut, and a fallback would open it. */
function anyPath(fallback: string): VariableRow {
  return {
    nonsense: [],
    valid: [
      ['/run/secrets/a', '/run/secrets/a'],
      ['b', path.resolve('b')],
    ],
    fallback,
  };
}

/** Every variable of src/config/settings.ts. */
export const VARIABLES: Readonly<Record<string, VariableRow>> = {
  OTEL_SDK_DISABLED: { nonsense: NO_BOOLEANS, valid: BOOLEANS, fallback: 'false' },
  OTEL_SERVICE_NAME: {
    nonsense: ['x'.repeat(121)],
    valid: [['barbossa-web', 'barbossa-web']],
    fallback: '`service.name` of OTEL_RESOURCE_ATTRIBUTES, else barbossa',
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    nonsense: ['nonsense', '=value', 'a=%zz', 'a=b,c'],
    valid: [
      ['service.version=1.4.2,host.id=%C3%A9', { 'service.version': '1.4.2', 'host.id': 'é' }],
      [',', {}],
    ],
    fallback: 'none',
  },
  OTEL_NODE_RESOURCE_DETECTORS: {
    nonsense: ['container', 'host,', 'host os'],
    valid: [
      ['host, OS', ['host', 'os']],
      ['all', ['env', 'host', 'os', 'process', 'serviceinstance']],
      ['none', []],
    ],
    fallback: 'host.name, process.pid and process.runtime.*',
  },
  BARBOSSA_ROLE: {
    nonsense: ['boss', 'web,worker', 'webs'],
    valid: [
      ['web', 'web'],
      ['Worker', 'worker'],
    ],
    fallback: 'worker where the service name ends in "worker", else web',
  },
  OTEL_LOG_LEVEL: {
    nonsense: ['loud', '3', 'warning'],
    valid: [
      ['none', 'none'],
      ['ERROR', 'error'],
      ['warn', 'warn'],
      ['info', 'info'],
      ['verbose', 'debug'],
      ['all', 'debug'],
    ],
    fallback: 'info',
  },
  OTEL_METRICS_EXPORTER: {
    nonsense: ['otlp', 'console', 'prometheus,none'],
    valid: [
      ['prometheus', 'prometheus'],
      ['none', 'none'],
    ],
    fallback: 'prometheus',
  },
  OTEL_EXPORTER_PROMETHEUS_HOST: {
    nonsense: ['a b', 'http://localhost', 'localhost/', '[::1]', 'a\nb', 'x'.repeat(256)],
    valid: [
      ['0.0.0.0', '0.0.0.0'],
      ['::1', '::1'],
      ['fe80::1%eth0', 'fe80::1%eth0'],
      ['localhost', 'localhost'],
    ],
    fallback: '127.0.0.1',
  },
  OTEL_EXPORTER_PROMETHEUS_PORT: integers(0, 65_535, '9464'),
  BARBOSSA_ADMIN_HOSTS: {
    nonsense: ['a b', 'web:9464', 'http://web', '*', 'web,', '[::1]', 'ü'],
    valid: [
      ['web', ['web']],
      ['web, metrics.example.com ,my_app', ['web', 'metrics.example.com', 'my_app']],
    ],
    fallback: 'no other names',
  },
  BARBOSSA_ADMIN_LOGIN_FILE: anyPath('nobody is asked'),
  BARBOSSA_ADMIN_CERT_FILE: anyPath('HTTP'),
  BARBOSSA_ADMIN_KEY_FILE: anyPath('(unset)'),
  BARBOSSA_METRICS_MAX_SERIES: integers(10, 100_000, '2000'),
  OTEL_LOGS_EXPORTER: {
    nonsense: ['console', 'otlp,none', 'https'],
    valid: [
      ['otlp', 'otlp'],
      ['NONE', 'none'],
    ],
    fallback: 'otlp',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http://localhost:4318'),
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: url('(unset)'),
  OTEL_EXPORTER_OTLP_HEADERS: HEADERS,
  OTEL_EXPORTER_OTLP_LOGS_HEADERS: HEADERS,
  BARBOSSA_LOG_TOKEN_FILE: anyPath('no token'),
  OTEL_EXPORTER_OTLP_TIMEOUT: integers(100, 600_000, '10000'),
  OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: integers(100, 600_000, '(unset)'),
  OTEL_EXPORTER_OTLP_COMPRESSION: {
    nonsense: ['zip', 'gzip,none', 'brotli'],
    valid: [
      ['gzip', 'gzip'],
      ['none', 'none'],
    ],
    fallback: 'none',
  },
  OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: {
    nonsense: ['zip', 'gzip,none'],
    valid: [
      ['GZIP', 'gzip'],
      ['none', 'none'],
    ],
    fallback: '(unset)',
  },
  // `grpc` is taken here and refused for logs: see test/unit/config/log-transport.test.ts.
  OTEL_EXPORTER_OTLP_PROTOCOL: { ...PROTOCOL, fallback: 'http/json' },
  OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: { ...PROTOCOL, fallback: '(unset)' },
  OTEL_EXPORTER_OTLP_CERTIFICATE: PEM_FILE,
  OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: PEM_FILE,
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: PEM_FILE,
  OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: PEM_FILE,
  OTEL_EXPORTER_OTLP_CLIENT_KEY: PEM_FILE,
  OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: PEM_FILE,
  BARBOSSA_LOG_MEMORY_BYTES: integers(1_048_576, 1_073_741_824, '16777216'),
  BARBOSSA_LOG_SPOOL_DIR: {
    nonsense: [],
    valid: [
      ['/var/spool/barbossa', '/var/spool/barbossa'],
      ['spool', path.resolve('spool')],
      ['off', 'off'],
      ['OFF', 'off'],
    ],
    fallback: '',
  },
  STATE_DIRECTORY: {
    nonsense: ['state', './state', '../state'],
    valid: [
      ['/var/lib/barbossa', '/var/lib/barbossa'],
      ['/var/lib/barbossa:/var/lib/other', '/var/lib/barbossa'],
    ],
    fallback: '(unset)',
  },
  XDG_STATE_HOME: {
    nonsense: ['state', './state', '~/state'],
    valid: [['/home/music/.local/state', '/home/music/.local/state']],
    fallback: '~/.local/state',
  },
  BARBOSSA_LOG_SPOOL_BYTES: integers(1_048_576, 68_719_476_736, '67108864'),
  BARBOSSA_LOG_SPOOL_DELAY: integers(0, 1_000, '10'),
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: integers(1, 10_000, '1024'),
  OTEL_BLRP_SCHEDULE_DELAY: integers(0, 60_000, '200'),
  OTEL_BLRP_EXPORT_TIMEOUT: integers(100, 600_000, '(unset)'),
  NODE_ENV: text(),
  ENVIRONMENT: text(),
  NO_COLOR: text(),
  LOG_LEVEL: {
    nonsense: ['loud', '3', 'verbose', 'info,debug'],
    valid: [
      ['debug', 'debug'],
      ['Info', 'info'],
      ['WARN', 'warning'],
      ['warning', 'warning'],
      ['error', 'error'],
    ],
    fallback: 'info',
  },
  // Its entries are read one by one: see test/unit/logs/quiet.test.ts.
  BARBOSSA_LOG_LEVELS: text(),
  BARBOSSA_LOG_CALLER: {
    nonsense: ['never', 'true', 'critical'],
    valid: [
      ['off', 'off'],
      ['debug', 'debug'],
      ['warn', 'warning'],
    ],
    fallback: 'error',
  },
  OTEL_TRACES_EXPORTER: {
    nonsense: ['jaeger', 'otlp,none', 'otlp,', 'yes'],
    valid: [
      ['otlp', 'otlp'],
      ['Console', 'console'],
      ['otlp, ZIPKIN,otlp', 'otlp,zipkin'],
      ['None', 'none'],
    ],
    fallback: 'none, or otlp where OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url('(unset)'),
  OTEL_TRACES_SAMPLER: {
    nonsense: ['sometimes', 'jaeger_remote', 'parentbased_jaeger_remote', 'always'],
    valid: [
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ].map((name) => [name, name]),
    fallback: 'parentbased_always_on',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    nonsense: ['2', '-0.1', '1.01', 'half', '1e-3', '0,5', '50%', '.'],
    valid: [
      ['0', 0],
      ['1', 1],
      ['0.25', 0.25],
      ['.5', 0.5],
    ],
    fallback: '1',
  },
  BARBOSSA_TRUST_INCOMING_TRACE: { nonsense: NO_BOOLEANS, valid: BOOLEANS, fallback: 'true' },
  BARBOSSA_EXPRESS_LAYER_SPANS: { nonsense: NO_BOOLEANS, valid: BOOLEANS, fallback: 'false' },
  BARBOSSA_REDACT: { nonsense: NO_BOOLEANS, valid: BOOLEANS, fallback: 'on' },
  // Their entries are read one by one.
  BARBOSSA_REDACT_KEYS: text(),
  BARBOSSA_REDACT_ALLOW_KEYS: text(),
  DATABASE_URL: {
    nonsense: ['barbossa', 'mysql://db/barbossa', 'db:5432', '://'],
    valid: [
      ['postgres://anne:a@db/barbossa', 'postgres://anne:a@db/barbossa'],
      ['postgresql+asyncpg://db/barbossa', 'postgresql://db/barbossa'],
      [
        'postgres://db/barbossa?sslmode=verify-full&sslrootcert=own%20ca.pem&sslkey=/etc/key&sslcert=%zz',
        `postgres://db/barbossa?sslmode=verify-full&sslrootcert=${path.resolve('own ca.pem').replaceAll(' ', '%20')}&sslkey=/etc/key&sslcert=%zz`,
      ],
      ['postgres://db/barbossa?sslrootcert=system', 'postgres://db/barbossa?sslrootcert=system'],
    ],
    fallback: '(unset)',
  },
  REDIS_URL: {
    nonsense: ['redis', 'http://redis', 'redis:6379:1'],
    valid: [...REDIS_FILES, ...['redis://:a@redis:6379/0', 'rediss://redis'].map((each) => [each, each] as const)],
    fallback: '(unset)',
  },
  PLEX_URL: url('(unset)'),
  PLEX_TOKEN: TOKEN,
  LIDARR_URL: url('(unset)'),
  LIDARR_API_KEY: TOKEN,
  MUSIC_PATH: PATH,
  BARBOSSA_MUSIC_MOUNT: { ...PATH, fallback: 'where it is mounted when it is first looked at' },
  BARBOSSA_HEALTH_CHECKS: {
    nonsense: ['everything', 'database,', 'database redis', ','],
    valid: [
      ['none', []],
      ['database, REDIS', ['database', 'redis']],
    ],
    fallback: 'all',
  },
  BARBOSSA_HEALTH_CRITICAL: {
    nonsense: ['database,', '7up', 'a b', 'x'.repeat(41)],
    valid: [
      ['None', []],
      ['database, own-check_2', ['database', 'own-check_2']],
    ],
    fallback: 'database',
  },
  BARBOSSA_HEALTH_INTERVAL_MS: integers(1_000, 3_600_000, '15000'),
  BARBOSSA_HEALTH_TIMEOUT_MS: integers(50, 10_000, '2000'),
  BARBOSSA_HEALTH_CACHE_MS: integers(0, 600_000, '5000'),
  BARBOSSA_LIVE_PAGE: { nonsense: NO_BOOLEANS, valid: BOOLEANS, fallback: 'on' },
  BARBOSSA_KIBANA_URL: url('(unset)'),
  BARBOSSA_GRAFANA_URL: url('(unset)'),
  BARBOSSA_BULLMQ: { nonsense: NO_BOOLEANS, valid: BOOLEANS, fallback: 'true' },
  BARBOSSA_QUEUES: {
    nonsense: [
      'celery',
      'celeryx',
      'kafka:a',
      'celery:',
      ':a',
      'celery:a,',
      'bullmq:a,,celery:b',
      `celery:${'x'.repeat(121)}`,
    ],
    valid: [
      ['none', []],
      ['celery:downloads', [{ kind: 'celery', name: 'downloads' }]],
      [
        'Celery : a:b , bullmq:*',
        [
          { kind: 'celery', name: 'a:b' },
          { kind: 'bullmq', name: '*' },
        ],
      ],
      [
        'AUTO',
        [
          { kind: 'celery', name: '*' },
          { kind: 'bullmq', name: '*' },
        ],
      ],
    ],
    fallback: 'auto in the web process, none in workers',
  },
  BARBOSSA_QUEUES_REDIS_URL: {
    nonsense: ['redis', 'amqp://rabbit', 'sentinel://redis', 'redis+socket:///run/redis.sock', 'redis:6379:1'],
    valid: [
      ...REDIS_FILES,
      ...['redis://:a@redis:6379/1', 'rediss://redis?ssl_cert_reqs=none'].map((each) => [each, each] as const),
    ],
    fallback: '`REDIS_URL`',
  },
  BARBOSSA_QUEUES_INTERVAL_MS: integers(1_000, 3_600_000, '15000'),
  BARBOSSA_QUEUES_TIMEOUT_MS: integers(50, 10_000, '2000'),
  BARBOSSA_BULLMQ_PREFIX: keyPart('bull'),
  BARBOSSA_CELERY_KEY_PREFIX: keyPart('(unset)'),
  BARBOSSA_CELERY_PRIORITY_STEPS: {
    nonsense: ['0,', 'a', '-1', '256', '0;3', Array(51).fill(1).join(',')],
    valid: [
      ['0', [0]],
      ['0, 5,5,9', [0, 5, 9]],
    ],
    fallback: '0,3,6,9',
  },
  BARBOSSA_CELERY_PRIORITY_SEPARATOR: {
    nonsense: ['x'.repeat(21)],
    valid: [
      [':', ':'],
      [String.raw`\x06\x16`, '\u0006\u0016'],
      [String.raw`\x6`, String.raw`\x6`],
    ],
    fallback: String.raw`\x06\x16`,
  },
  BARBOSSA_CELERY_UNACKED_KEY: keyPart('unacked'),
  BARBOSSA_CELERY_EVENTS: { nonsense: NO_BOOLEANS, valid: BOOLEANS, fallback: 'off' },
  BARBOSSA_CELERY_EVENTS_CHANNEL: keyPart('`/{db}.celeryev`, with the number of the database'),
};
