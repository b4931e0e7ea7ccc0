import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { health } from '../../../src/health/middleware.js';
import { registerHealthCheck } from '../../../src/health/register-check.js';

// It has no types of its own; what is used of it is the same.
const express4 = createRequire(import.meta.url)('express4') as typeof express;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const PAGES = ['/health', '/health/live', '/health/ready'];

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('%s', (_name, make) => {
  test.each([
    ['', undefined],
    ['/internal', '/internal'],
    ['/health', '/health'],
    ['/internal/health', '/internal/health'],
  ])('serves the pages, mounted at "%s"', async (_mount, mount) => {
    const app = make();
    if (mount === undefined) app.use(health());
    else app.use(mount, health());
    const url = await serve(app);
    const base = (mount ?? '').replace(/\/health$/, '');
    for (const page of PAGES) {
      const answer = await fetch(`${url}${base}${page}?verbose=1`);
      expect([page, answer.status]).toEqual([page, 200]);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await answer.json()).toHaveProperty('status');
    }
    for (const other of ['/', '/healthy', '/health/lives', '/live', '/x/health']) {
      expect([other, (await fetch(`${url}${base}${other}`)).status]).toEqual([other, 404]);
    }
  });

  test('answers HEAD with the headers of GET, and passes other methods on', async () => {
    const app = make();
    app.use(health());
    app.post('/health', (_request, response) => void response.status(202).end());
    const url = await serve(app);
    const head = await fetch(`${url}/health`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(10);
    expect((await fetch(`${url}/health`, { method: 'POST' })).status).toBe(202);
    expect((await fetch(`${url}/health`, { method: 'DELETE' })).status).toBe(404);
  });

  test('answers 503 where a critical check fails', async () => {
    onTestFinished(registerHealthCheck('one', () => false, { critical: true, cacheMs: 0 }));
    const app = make();
    app.use(health());
    const url = await serve(app);
    expect((await fetch(`${url}/health`)).status).toBe(503);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });
});

test('without a framework', async () => {
  const middleware = health();
  const url = await serve((request, response) =>
    middleware(request, response, () => void response.writeHead(418).end()),
  );
  for (const page of PAGES) expect((await fetch(url + page)).status).toBe(200);
  expect((await fetch(`${url}/`)).status).toBe(418);
});

test('a client that goes away, and an answer that somebody else has sent, are no errors', async () => {
  const middleware = health();
  const errors: unknown[] = [];
  const url = await serve((request, response) => {
    if (request.headers['x-first'] === 'somebody') response.end('sent');
    else request.socket.destroy();
    middleware(request, response, (error) => void errors.push(error));
  });
  expect(await (await fetch(`${url}/health`, { headers: { 'x-first': 'somebody' } })).text()).toBe('sent');
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  expect(errors).toEqual([]);
});
