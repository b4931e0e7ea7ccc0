import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { readProxy } from '../../../src/config/proxy.js';

function proxyOf(url: string, env: NodeJS.ProcessEnv): string | undefined {
  return readProxy(url, env, [])?.url;
}

const HTTP = 'http://collector.example:4318/v1/logs';
const HTTPS = 'https://collector.example/v1/logs';

test.each<[NodeJS.ProcessEnv, string | undefined, string | undefined]>([
  [{}, undefined, undefined],
  [{ HTTP_PROXY: 'http://a:1' }, 'http://a:1', undefined],
  [{ HTTPS_PROXY: 'http://a:1' }, undefined, 'http://a:1'],
  [{ https_proxy: 'http://b:1', HTTPS_PROXY: 'http://a:1' }, undefined, 'http://b:1'],
  [{ https_proxy: ' ', HTTPS_PROXY: 'http://a:1' }, undefined, 'http://a:1'],
  [{ ALL_PROXY: 'http://a:1' }, 'http://a:1', 'http://a:1'],
  [{ all_proxy: 'http://a:1', HTTP_PROXY: 'http://b:1' }, 'http://b:1', 'http://a:1'],
  [{ HTTP_PROXY: 'proxy:3128' }, 'http://proxy:3128', undefined],
  [{ HTTP_PROXY: 'proxy' }, 'http://proxy', undefined],
  [{ HTTPS_PROXY: 'https://proxy:8443/' }, undefined, 'https://proxy:8443'],
  [{ HTTPS_PROXY: 'http://[::1]:3128' }, undefined, 'http://[::1]:3128'],
  [{ HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:1', NO_PROXY: '*' }, undefined, undefined],
  [{ HTTPS_PROXY: 'http://a:1', no_proxy: 'collector.example' }, undefined, undefined],
])('%j', (env, http, https) => {
  expect(proxyOf(HTTP, env)).toBe(http);
  expect(proxyOf(HTTPS, env)).toBe(https);
});

test.each<[string, string, boolean]>([
  ['example', 'https://collector.example', true],
  ['.example', 'https://collector.example', true],
  ['*.example', 'https://collector.example', true],
  ['*.collector.example', 'https://collector.example', false],
  ['collector.example', 'https://collector.example', true],
  ['COLLECTOR.Example.', 'https://collector.example.', true],
  ['ollector.example', 'https://collector.example', false],
  ['a, b collector.example', 'https://collector.example', true],
  ['collector.example:443', 'https://collector.example', true],
  ['collector.example:4318', 'https://collector.example', false],
  ['collector.example:4318', 'https://collector.example:4318', true],
  ['127.0.0.1', 'https://127.0.0.1:4318', true],
  ['127.0.0.1:4318', 'https://127.0.0.1:4318', true],
  ['127.0.0.2', 'https://127.0.0.1', false],
  ['0.1', 'https://127.0.0.1', false],
  ['10.0.0.0/8', 'https://10.1.2.3', true],
  ['10.0.0.0/8', 'https://11.1.2.3', false],
  ['10.0.0.0/99', 'https://10.0.0.0', false],
  ['10.0.0.0/x', 'https://10.0.0.0', false],
  ['::1', 'https://[::1]', true],
  ['[::1]', 'https://[::1]', true],
  ['[::1]:4318', 'https://[::1]:4318', true],
  ['[::1]:4319', 'https://[::1]:4318', false],
  ['fd00::/8', 'https://[fd12::1]', true],
  ['fd00::/8', 'https://[fe80::1]', false],
  ['10.0.0.0/8', 'https://collector.example', false],
  ['localhost', 'https://localhost:1', true],
  [',, ,', 'https://collector.example', false],
  ['.', 'https://collector.example', false],
])('NO_PROXY=%s, %s', (noProxy, url, isExcluded) => {
  expect(proxyOf(url, { HTTPS_PROXY: 'http://a:1', NO_PROXY: noProxy })).toBe(isExcluded ? undefined : 'http://a:1');
});

test('the login of a proxy is percent-decoded, and its URL is without it', () => {
  const read = (text: string): unknown => readProxy(HTTPS, { HTTPS_PROXY: text }, []);
  const login = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  expect(read('http://anne:s3cret@a:1')).toEqual({ url: 'http://a:1', authorization: login('anne:s3cret') });
  expect(read('anne:p%40ss%3A@a:1')).toEqual({ url: 'http://a:1', authorization: login('anne:p@ss:') });
  expect(read('http://anne@a:1')).toEqual({ url: 'http://a:1', authorization: login('anne:') });
  expect(read('http://anne:100%@a:1')).toMatchObject({ authorization: login('anne:100%') });
});

test.each(['socks5://a:s3cret@proxy:1080', 'http://', 'http://s3cret:x@:80', 'ftp://s3cret@proxy', '://'])(
  'what is no proxy for us is one line without its value, and none is used: %s',
  (text) => {
    const problems: string[] = [];
    expect(readProxy(HTTPS, { ALL_PROXY: text }, problems)).toBeUndefined();
    expect(problems).toEqual([
      'ALL_PROXY is not usable for logs (value not shown); allowed: an http:// or https:// URL of a proxy; used instead: no proxy',
    ]);
    expect(readProxy(HTTPS, { ALL_PROXY: text, NO_PROXY: '*' }, problems)).toBeUndefined();
    expect(problems).toHaveLength(1);
  },
);

test('a collector that nobody has named is on this machine; one that was named follows the variables', () => {
  const load = (env: NodeJS.ProcessEnv): unknown =>
    loadConfig({ ...env, HTTP_PROXY: 'http://a:1' }).config.logExport.transport.proxy;
  expect(load({})).toBeUndefined();
  expect(load({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' })).toMatchObject({ url: 'http://a:1' });
  expect(load({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://127.0.0.1:4318' })).toMatchObject({ url: 'http://a:1' });
});
