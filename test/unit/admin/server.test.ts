import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ADMIN_SERVER } from '../../../src/context/internal-traffic.js';
import { answerText } from '../../../src/admin/route.js';
import { captureStderr } from '../metrics/test-meter.js';
import { connect, LIVE_ROUTE, makeRoute, request, startServer } from './client.js';

const small = makeRoute('/small', () => answerText(200, 'small'));
const large = makeRoute('/large', () => answerText(200, 'x'.repeat(100_000)));

function get(path: string, method = 'GET', more = ''): string {
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
}

describe('what is served', () => {
  test('/health/live', async () => {
    const { url } = await startServer([LIVE_ROUTE]);
    const { status, headers, body } = await request(`${url}/health/live`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(JSON.parse(body.toString())).toEqual({ status: 'alive' });
  });

  test.each(['/small?x=1', '/small#a', 'http://127.0.0.1/small', 'HTTP://localhost:1/small?/large'])(
    'the path of %s is /small',
    async (target) => {
      const address = await startServer([small]);
      const connection = connect(address, get(target, 'GET', 'Connection: close\r\n'));
      expect(await connection.closed).toMatch(/^HTTP\/1\.1 200 OK[^]*\r\n\r\nsmall\n$/);
    },
  );

  test.each(['/nothing', '/small/', '//small', '/SMALL', '/%73mall', '/__proto__', '*'])(
    '%s is a 404',
    async (target) => {
      const address = await startServer([small]);
      const connection = connect(address, get(target, 'GET', 'Connection: close\r\n'));
      expect(await connection.closed).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])(
    '%s is a 405 that names GET and HEAD',
    async (method) => {
      const { url } = await startServer([small]);
      const { status, headers } = await request(`${url}/small`, { method });
      expect(status).toBe(405);
      expect(headers).toMatchObject({ allow: 'GET, HEAD', 'cache-control': 'no-store' });
    },
  );

  test.each(['/', '/small', '/large', '/nothing'])('HEAD %s has the headers of GET and no body', async (path) => {
    const { url } = await startServer([small, large]);
    for (const encoding of ['gzip', 'identity']) {
      const headers = { 'accept-encoding': encoding };
      const full = await request(url + path, { headers });
      const head = await request(url + path, { method: 'HEAD', headers });
      expect(head.status).toBe(full.status);
      expect({ ...head.headers, date: '' }).toEqual({ ...full.headers, date: '' });
      expect(head.headers['content-length']).toBe(String(full.body.length));
      expect(head.body).toHaveLength(0);
    }
  });

  test.each([
    ['gzip', 'gzip'],
    ['deflate, GZIP;q=0.5', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip; q=0.000', undefined],
    ['identity', undefined],
    ['', undefined],
  ])('a large answer to "Accept-Encoding: %s" has the coding %s', async (accepted, coding) => {
    const { url } = await startServer([large]);
    const { headers, body } = await request(`${url}/large`, { headers: { 'accept-encoding': accepted } });
    expect(headers['content-encoding']).toBe(coding);
    expect(headers.vary).toBe('accept-encoding');
    expect((coding === 'gzip' ? gunzipSync(body) : body).toString()).toBe(`${'x'.repeat(100_000)}\n`);
  });

  test('a small answer is not compressed', async () => {
    const { url } = await startServer([small]);
    const { headers } = await request(`${url}/small`, { headers: { 'accept-encoding': 'gzip' } });
    expect(headers['content-encoding']).toBeUndefined();
  });
});

describe('the index page', () => {
  test('lists the routes, escaped, and may load nothing', async () => {
    const { startAdminServer } = await import('../../../src/admin/server.js');
    const admin = startAdminServer({
      host: '127.0.0.1',
      port: 0,
      service: { name: '<b>"&\'', version: '1.0<script>' },
      routes: [LIVE_ROUTE, makeRoute('/a&b', () => answerText(200, ''))],
    });
    const address = await admin.ready;
    const { status, headers, body } = await request(`${address?.url}/`);
    await admin.close();
    const page = body.toString();
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page).toContain('<a href="/health/live">/health/live</a>');
    expect(page).toContain('<a href="/a&amp;b">');
    expect(page).toContain('&lt;b&gt;&quot;&amp;&#39; 1.0&lt;script&gt;');
    expect(page).not.toMatch(/<script|<b>|src=|https?:/);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
  });

  test('the policy lets its own style sheet in', async () => {
    const { createHash } = await import('node:crypto');
    const { url } = await startServer([]);
    const { headers, body } = await request(url);
    const style = /<style>([^]*)<\/style>/.exec(body.toString())?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toContain(`'sha256-${hash}'`);
  });
});

describe('a route that', () => {
  test.each<[string, () => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw new Error('broken\nat line 2');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken\nat line 2'))],
  ])('%s answers 500 with one line', async (how, answer) => {
    const lines = captureStderr();
    const { url } = await startServer([makeRoute(`/${how}`, answer)]);
    for (let n = 0; n < 2; n += 1) {
      const { status, body } = await request(`${url}/${how}`);
      expect([status, body.toString()]).toEqual([500, 'broken at line 2\n']);
    }
    expect(lines).toEqual([`[barbossa-telemetry] warn: /${how} of the admin server failed: broken at line 2`]);
  });

  test('answers with nonsense cuts the connection and not the process', async () => {
    captureStderr();
    const { url } = await startServer([
      makeRoute('/nonsense', () => ({ status: 99_999, contentType: 'a\r\nb', body: 'x' })),
      small,
    ]);
    await expect(request(`${url}/nonsense`)).rejects.toThrow();
    expect((await request(`${url}/small`)).status).toBe(200);
  });

  test('never answers is a 503 after its time', async () => {
    captureStderr();
    const { url } = await startServer([makeRoute('/hangs', () => new Promise(() => {}))], { answerMs: 30 });
    const { status, body } = await request(`${url}/hangs`);
    expect([status, body.toString()]).toEqual([503, 'no answer within 30 ms\n']);
  });
});

describe('connections', () => {
  test('are kept for the next request, and pipelined requests are answered in order', async () => {
    const address = await startServer([small, large]);
    const last = get('/nothing', 'GET', 'Connection: close\r\n');
    const { closed } = connect(
      address,
      get('/small') + get('/small', 'HEAD') + get('/large') + get('/', 'POST') + last,
    );
    const statuses = (await closed).match(/HTTP\/1\.1 \d{3}/g);
    expect(statuses?.map((line) => line.slice(-3))).toEqual(['200', '200', '200', '405', '404']);
  });

  test.each([
    ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', '400'],
    ['a bad header', get('/small', 'GET', 'a b\r\n'), '400'],
    ['no host', 'GET /small HTTP/1.1\r\n\r\n', '400'],
    ['two lengths', get('/small', 'GET', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'), '400'],
    ['headers beyond 16 KiB', get('/small', 'GET', `X: ${'a'.repeat(20_000)}\r\n`), '431'],
  ])('%s is refused and the connection closed', async (_what, text, status) => {
    const address = await startServer([small], { requestMs: 400, headersMs: 300 });
    expect(await connect(address, text).closed).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect((await request(`${address.url}/small`)).status).toBe(200);
  });

  test.each([
    ['says nothing', ''],
    ['never ends its headers', 'GET /small HTTP/1.1\r\nHost: localhost\r\nX: '],
    ['never ends its body', get('/small', 'GET', 'Content-Length: 10\r\n') + 'x'],
  ])('a client that %s is cut off', async (_how, text) => {
    const address = await startServer([small], { headersMs: 100, requestMs: 200, keepAliveMs: 100 });
    await connect(address, text).closed;
  });

  test('an idle one is closed', async () => {
    const address = await startServer([small], { keepAliveMs: 50 });
    expect(await connect(address, get('/small')).closed).toContain('small');
  });

  test('a client that does not read is cut off', async () => {
    const bytes = 32 * 1_024 * 1_024;
    const huge = makeRoute('/huge', () => answerText(200, 'x'.repeat(bytes)));
    const address = await startServer([huge, small], { sendMs: 100, maxConnections: 1 });
    const connection = connect(address);
    connection.socket.pause();
    connection.socket.write(get('/huge'));
    // It does not see its end. Others do: there is room again for the one connection that is allowed.
    await expect.poll(async () => (await request(`${address.url}/small`).catch(() => undefined))?.status).toBe(200);
    connection.socket.resume();
    expect((await connection.closed).length).toBeLessThan(bytes);
  });

  test('a body is read and dropped, up to a bound', async () => {
    const address = await startServer([small], { maxBodyBytes: 1_000 });
    const body = Buffer.alloc(1_000);
    const posted = await request(`${address.url}/small`, { method: 'POST', body });
    expect(posted.status).toBe(405);
    const next = get('/small', 'GET', 'Connection: close\r\n');
    const kept = connect(address, `${get('/small', 'GET', 'Content-Length: 5\r\n')}GET /${next}`);
    expect((await kept.closed).match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    const endless = connect(address, get('/small', 'POST', 'Transfer-Encoding: chunked\r\n'));
    const writing = setInterval(() => endless.socket.write(`1000\r\n${'x'.repeat(4_096)}\r\n`), 1);
    await endless.closed;
    clearInterval(writing);
  });

  test('"Expect: 100-continue" is answered without asking for the body', async () => {
    const address = await startServer([small]);
    const more = 'Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n';
    const connection = connect(address, get('/small', 'POST', more));
    expect(await connection.closed).toMatch(/^HTTP\/1\.1 405 /);
  });

  test('an upgrade is a request like any other', async () => {
    const address = await startServer([small]);
    const connection = connect(address, get('/small', 'GET', 'Connection: Upgrade, close\r\nUpgrade: websocket\r\n'));
    await expect.poll(connection.received).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('are limited in number', async () => {
    const address = await startServer([small], { maxConnections: 2 });
    const first = connect(address, get('/small'));
    const second = connect(address, get('/small'));
    await expect.poll(() => first.received() !== '' && second.received() !== '').toBe(true);
    expect(await connect(address, get('/small')).closed).toBe('');
    first.socket.destroy();
    await expect.poll(async () => (await request(`${address.url}/small`).catch(() => undefined))?.status).toBe(200);
  });

  test('serve a limited number of requests', async () => {
    const address = await startServer([small], { maxRequestsPerConnection: 2, keepAliveMs: 50 });
    const received = await connect(address, get('/small').repeat(4)).closed;
    const statuses = received.match(/HTTP\/1\.1 \d{3}/g);
    expect(statuses?.map((line) => line.slice(-3))).toEqual(['200', '200', '503', '503']);
  });

  test('a client that resets in the middle of an answer harms nobody', async () => {
    const asked: (() => void)[] = [];
    const slow = makeRoute(
      '/slow',
      () =>
        new Promise((resolve) => {
          asked.push(() => resolve(answerText(200, 'late')));
        }),
    );
    const address = await startServer([slow, small]);
    for (const end of ['resetAndDestroy', 'destroy'] as const) {
      const connection = connect(address, get('/slow') + get('/small'));
      await expect.poll(() => asked.length).toBe(1);
      connection.socket[end]();
      await connection.closed;
      asked.pop()?.();
      expect((await request(`${address.url}/small`)).status).toBe(200);
    }
  });
});

test('the server carries the mark by which the request hook leaves it alone', async () => {
  const http = await import('node:http');
  const seen: unknown[] = [];
  const emit = http.Server.prototype.emit;
  http.Server.prototype.emit = function (this: object, ...args: never[]): boolean {
    if (String(args[0]) === 'request') seen.push(Reflect.get(this, ADMIN_SERVER));
    return Reflect.apply(emit, this, args) as boolean;
  };
  try {
    const { url } = await startServer([small]);
    await request(`${url}/small`);
  } finally {
    http.Server.prototype.emit = emit;
  }
  expect(seen).toEqual([true]);
});
