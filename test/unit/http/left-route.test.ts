import type { IncomingMessage } from 'node:http';
import { expect, test, vi } from 'vitest';
import { readLeftRoute } from '../../../src/http/left-route.js';

const META = Symbol.for('NextInternalRequestMeta');

function read(left: object): string | undefined {
  return readLeftRoute(left as IncomingMessage);
}

function next(pathname: unknown): object {
  return { [META]: { match: { definition: { pathname } } } };
}

test.each([
  ['nothing', {}, undefined],
  ['a route of Express', { baseUrl: '', route: { path: '/tracks/:id' } }, '/tracks/:id'],
  ['below a mount path', { baseUrl: '/api', route: { path: '/tracks/:id' } }, '/api/tracks/:id'],
  ['the root below a mount path', { baseUrl: '/api', route: { path: '/' } }, '/api'],
  ['a regular expression', { route: { path: /^\/a/ } }, '/^\\/a/'],
  ['several paths', { route: { path: ['/a', /b/] } }, '/a,/b/'],
  ['a route of somebody else', { route: 'home' }, undefined],
  ['no route', { route: null }, undefined],
  ['a page of Next.js', next('/posts/[id]'), '/posts/[id]'],
  ["Next's own page for 404", next('/_not-found'), undefined],
  ['no page of Next.js', { [META]: { match: null } }, undefined],
  ['nonsense of Next.js', next(7), undefined],
])('%s', (_name, left, expected) => {
  expect(read(left)).toBe(expected);
});

test('what throws when it is read is no route', () => {
  const left = {
    get route(): never {
      throw new Error('a getter');
    },
  };
  expect(read(left)).toBeUndefined();
});

test('paths with ids: 200, then one template, and one warning', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const templates = new Set(
    Array.from({ length: 1_000 }, (_, n) => read({ baseUrl: `/shops/${n}`, route: { path: '/' } })),
  );
  expect(templates.size).toBeLessThanOrEqual(201);
  expect(templates).toContain('other');
  expect(write).toHaveBeenCalledTimes(1);
  write.mockRestore();
});
