import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inProject } from '../../../scripts/project/root.js';

const isRoot = process.getuid?.() === 0;

/** A folder to be filled, and one with what the site has given. */
function makePlace(given: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'barbossa-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const out = path.join(folder, 'out');
  const site = path.join(folder, 'given');
  mkdirSync(site);
  for (const [name, text] of Object.entries(given)) writeFileSync(path.join(site, name), text);
  const run = (env: Readonly<Record<string, string>> = {}): string =>
    execFileSync('/bin/sh', [inProject('deploy/setup/secrets.sh'), out, site], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: 'pipe',
    });
  const read = (name: string): string => readFileSync(path.join(out, name), 'utf8');
  return { folder, out, site, run, read };
}

const MADE = [
  'database-admin.password',
  'database.password',
  'database-monitor.password',
  'redis.password',
  'grafana.password',
  'kibana.key',
  'metrics.token',
  'collector.token',
  'reader.password',
];

describe('secrets.sh', () => {
  test('makes what is not there, each another, and says none of it', () => {
    const { run, read } = makePlace();
    const said = run();
    const values = MADE.map(read);
    for (const value of values) {
      expect(value).toMatch(/^[0-9a-f]{48}$/);
      expect(said).not.toContain(value);
    }
    expect(new Set(values).size).toBe(MADE.length);
    expect(JSON.parse(read('redis-exporter.json'))).toEqual({ 'redis://redis:6379': read('redis.password') });
  });

  test('run again it changes nothing', () => {
    const { run, read } = makePlace();
    run();
    const before = MADE.map(read);
    expect(run()).not.toMatch(/: made/);
    expect(MADE.map(read)).toEqual(before);
  });

  test("takes the site's own, without the line break at its end, also after it has made one", () => {
    const odd = String.raw`a"b\c d{e}%$`;
    const { run, read, site } = makePlace({ 'slack.url': 'https://hooks.example.com/1\n' });
    run();
    expect(read('slack.url')).toBe('https://hooks.example.com/1');
    writeFileSync(path.join(site, 'redis.password'), `${odd}\n`);
    run({ BARBOSSA_REDIS_HOST: 'queues.example.com' });
    expect(read('redis.password')).toBe(odd);
    expect(JSON.parse(read('redis-exporter.json'))).toEqual({ 'redis://queues.example.com:6379': odd });
  });

  test('nobody but the readers can read a secret', () => {
    const { run, out } = makePlace();
    run();
    const folder = path.join(out, 'secrets');
    for (const name of readdirSync(folder)) {
      const { mode, uid } = statSync(path.join(folder, name));
      expect(mode & 0o337, name).toBe(0);
      if (isRoot) expect(uid, name).not.toBe(0);
    }
    expect(readdirSync(folder).length).toBeGreaterThan(MADE.length);
  });

  test.each(['a b', "a'b", 'a"b', String.raw`a\b`])(
    "refuses %j for PostgreSQL's exporter, without saying it",
    (password) => {
      const { run } = makePlace({ 'database-monitor.password': password });
      expect(run).toThrow(/database-monitor.password: no blanks/);
      expect(run).not.toThrow(new RegExp(password.replaceAll('\\', String.raw`\\`)));
    },
  );

  test('each service has a folder with its own secrets and no others', () => {
    const { run, out, site } = makePlace({ 'slack.url': 'https://hooks.example.com/1' });
    run();
    const list = (service: string): string[] => readdirSync(path.join(out, 'for', service)).toSorted();
    expect(list('application')).toEqual(['collector.token', 'database.password', 'metrics.token', 'redis.password']);
    expect(list('prometheus')).toEqual(['metrics.token']);
    expect(list('alertmanager')).toEqual(['slack.url']);
    expect(list('container-logs')).toEqual(['ca.crt']);
    // What elasticsearch/prepare.sh makes is handed out by the next run; what has changed, too.
    writeFileSync(path.join(out, 'secrets/writer.password'), 'w');
    writeFileSync(path.join(site, 'redis.password'), 'other');
    run();
    expect(list('container-logs')).toEqual(['ca.crt', 'writer.password']);
    // Its reader is no owner of it.
    for (const folder of ['application', 'elasticsearch/config/certs']) {
      expect(statSync(path.join(out, 'for', folder)).mode & 0o777, folder).toBe(0o755);
    }
    const redis = path.join(out, 'for/redis/redis.password');
    expect(readFileSync(redis, 'utf8')).toBe('other');
    expect(statSync(redis).mode & 0o777).toBe(0o440);
  });

  test('leaves nothing of its work behind', () => {
    const { run, out } = makePlace();
    run();
    expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('with-secrets.sh', () => {
  /** Runs it where /run/secrets is a folder of the test's: the script with that path in it. */
  function run(secrets: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>): string {
    const { folder, site } = makePlace(secrets);
    const script = path.join(folder, 'with-secrets.sh');
    const text = readFileSync(inProject('deploy/sample/with-secrets.sh'), 'utf8');
    writeFileSync(script, text.replaceAll('/run/secrets/', `${site}/`));
    const print = 'process.stdout.write(JSON.stringify([process.env.DATABASE_URL, process.env.REDIS_URL]))';
    return execFileSync('/bin/sh', [script, process.execPath, '-e', print], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: 'pipe',
    });
  }

  test.each(['abc123', 'p@ss/w:rd', 'with blank and %41', 'ünïcode €', String.raw`q"'\{x}$`])(
    'a password %j comes out of the URL as it is',
    (password) => {
      const env = {
        DATABASE_URL: 'postgresql://barbossa:{db}@postgres:5432/barbossa',
        REDIS_URL: 'redis://:{q}@redis:6379/0',
      };
      const urls = JSON.parse(run({ db: `${password}\n`, q: password }, env)) as [string, string];
      expect(urls.map((url) => decodeURIComponent(new URL(url).password))).toEqual([password, password]);
      expect(new URL(urls[0]).pathname).toBe('/barbossa');
    },
  );

  test('a URL without a place for a secret stays as it is, and one that is not set is not set', () => {
    expect(run({}, { DATABASE_URL: 'postgresql://u:p@h/d' })).toBe('["postgresql://u:p@h/d",null]');
  });

  test('a secret that is not there ends the start, by name', () => {
    expect(() => run({}, { REDIS_URL: 'redis://:{missing}@redis' })).toThrow(/missing is not there/);
  });
});
