import { beforeEach, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { configureFromConfig } from '../../../src/logs/configure.js';
import { getLogger } from '../../../src/loggers/get-logger.js';
import { getLoggingSettings } from '../../../src/logs/settings.js';
import { captureStream } from '../logs/test-logs.js';

function configure(env: Readonly<Record<string, string>>): string[] {
  return configureFromConfig(loadConfig(env).config);
}

beforeEach(() => {
  vi.unstubAllEnvs();
  return () => configure({});
});

test.each([
  [{}, 'readable'],
  [{ NODE_ENV: 'production' }, 'json'],
  [{ ENVIRONMENT: 'production' }, 'json'],
  [{ NODE_ENV: 'test', ENVIRONMENT: 'staging' }, 'readable'],
])('%j prints %s', (env, format) => {
  expect(configure(env)).toEqual([]);
  expect(getLoggingSettings().format).toBe(format);
});

test('LOG_LEVEL and BARBOSSA_LOG_LEVELS, for loggers that exist already too', () => {
  const stdout = captureStream('stdout');
  const scan = getLogger('library.scan');
  const other = getLogger('downloads');
  configure({ LOG_LEVEL: 'warning', BARBOSSA_LOG_LEVELS: 'library=debug' });
  scan.debug('scan debug');
  other.info('other info');
  other.warning('other warning');
  expect(stdout.map((line) => line.split(' | ').at(-1)?.trim())).toEqual(['scan debug', 'other warning']);
});

test('what cannot be understood is told, and the rest holds', () => {
  const problems = configure({ BARBOSSA_LOG_LEVELS: 'library=debug,nonsense,http=loud' });
  expect(problems).not.toEqual([]);
  for (const problem of problems) expect(problem).toMatch(/^BARBOSSA_LOG_LEVELS: /);
  expect(getLoggingSettings().findThreshold('library.scan')).toBe(5);
});

test('the caller is looked up for errors, or as BARBOSSA_LOG_CALLER says', () => {
  configure({});
  expect(getLoggingSettings().callerThreshold).toBe(17);
  configure({ BARBOSSA_LOG_CALLER: 'debug' });
  expect(getLoggingSettings().callerThreshold).toBe(5);
  configure({ BARBOSSA_LOG_CALLER: 'off' });
  expect(getLoggingSettings().callerThreshold).toBe(Number.POSITIVE_INFINITY);
});

test('the service of JSON lines is the one that the resource has', () => {
  const stdout = captureStream('stdout');
  configure({ NODE_ENV: 'production', OTEL_SERVICE_NAME: 'barbossa-worker' });
  getLogger('x').info('a line');
  expect(JSON.parse(stdout[0] ?? '')).toMatchObject({ 'service.name': 'barbossa-worker', message: 'a line' });
});
