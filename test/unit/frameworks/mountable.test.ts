import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { health, metrics, readHealth, readMetrics, setRoute } from '../../../src/index.js';

// The types of the frameworks take what we give them: the types of tests are checked.
test('health and metrics are mounted in Express', () => {
  const app = express();
  app.use(health());
  app.get('/metrics', metrics());
  expect(app.router.stack).toHaveLength(2);
});

test('in Fastify', async () => {
  const app = fastify();
  app.get('/api/health/live', health());
  app.get('/whatever', metrics());
  const answer = await app.inject('/api/health/live');
  expect([answer.statusCode, answer.body]).toEqual([200, '{"status":"alive"}']);
  expect((await app.inject('/whatever')).statusCode).toBe(503);
});

test('in Hono, which has no request of Node here', async () => {
  const app = new Hono();
  app.use(health());
  app.get('/metrics', metrics());
  app.get('/other', (c) => c.text('other'));
  const answer = await app.request('/health/live');
  expect([answer.status, await answer.text()]).toEqual([200, '{"status":"alive"}']);
  expect((await app.request('/metrics')).status).toBe(503);
  expect(await (await app.request('/other')).text()).toBe('other');
  expect((await app.request('/health/live', { method: 'POST' })).status).toBe(404);
});

test('without the preload, the texts say so, and a route is nobody else matter', async () => {
  expect(await readMetrics()).toMatchObject({ status: 503 });
  expect(await readHealth('/health/live')).toMatchObject({ status: 200, body: '{"status":"alive"}' });
  setRoute({}, '/tracks/:id');
});

test.each([
  [() => setRoute(undefined as never, '/a'), 'setRoute: request'],
  [() => setRoute({}, 7 as never), 'setRoute: template'],
  [() => setRoute({}, ' '), 'setRoute: template'],
  [() => readHealth('/healthy' as never), 'readHealth: path'],
])('a mistake in the program is told: %#', (call, message) => {
  expect(call).toThrow(TypeError);
  expect(call).toThrow(message);
});
