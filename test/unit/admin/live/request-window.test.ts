import { expect, test } from 'vitest';
import { RequestWindow, type EndedRequest } from '../../../../src/admin/live/request-window.js';

const START_MS = 1_800_000_000_000;

function makeRequest(more: Partial<EndedRequest> = {}): EndedRequest {
  return { method: 'GET', route: '/a', status: 200, durationSeconds: 0.1, ...more };
}

test('rates, errors and percentiles of a point', () => {
  const window = new RequestWindow(START_MS);
  for (let index = 0; index < 99; index += 1) window.add(makeRequest(), START_MS);
  window.add(makeRequest({ status: 503, durationSeconds: 3 }), START_MS + 4_999);
  expect(window.readPoints(START_MS + 4_999)).toEqual([]);
  const [point] = window.readPoints(START_MS + 5_000);
  expect(point?.slice(0, 3)).toEqual([START_MS / 1_000, 20, 0.2]);
  // As exact as a bucket: 1.33 times at most.
  expect(point?.[3]).toBeGreaterThanOrEqual(100);
  expect(point?.[3]).toBeLessThan(133);
  expect(point?.[5]).toBeLessThan(133);
  window.add(makeRequest({ durationSeconds: 3 }), START_MS);
  expect(window.summarise(START_MS / 1_000)[5]).toBeGreaterThanOrEqual(3_000);
});

test('what is older than 15 minutes is not there, and its place is used again', () => {
  const window = new RequestWindow(START_MS);
  window.add(makeRequest({ status: 500 }), START_MS);
  const laterMs = START_MS + 900_000;
  window.add(makeRequest({ route: '/b' }), laterMs);
  expect(window.summarise(START_MS / 1_000)).toEqual([START_MS / 1_000, 0, 0, null, null, null]);
  expect(window.summarise(laterMs / 1_000).slice(1, 3)).toEqual([0.2, 0]);
  expect(window.readRoutes(laterMs).map(({ route }) => route)).toEqual(['GET /b']);
  expect(window.readPoints(laterMs + 5_000)).toHaveLength(179);
});

test('routes are bounded: what comes beyond is counted as one', () => {
  const window = new RequestWindow(START_MS);
  for (let index = 0; index < 1_000; index += 1) window.add(makeRequest({ route: `/${index}` }), START_MS);
  const routes = window.readRoutes(START_MS);
  expect(routes).toHaveLength(301);
  expect(routes.find(({ route }) => route === 'other routes')?.count).toBe(700);
});

test('a duration of any kind has a place', () => {
  const window = new RequestWindow(START_MS);
  for (const durationSeconds of [0, 1e-9, 1e9]) window.add(makeRequest({ durationSeconds }), START_MS);
  expect(window.summarise(START_MS / 1_000)[1]).toBe(0.6);
});
