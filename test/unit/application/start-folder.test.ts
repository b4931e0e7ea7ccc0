import path from 'node:path';
import { expect, test } from 'vitest';
import { getStartFolder } from '../../../src/application/main-script.js';
import { resolveAtStart } from '../../../src/application/start-folder.js';

test.each([
  ['a/b', {}, path.resolve('a/b')],
  ['../b', {}, path.resolve('../b')],
  // Where `a` is a link, this is not /b.
  ['/a/../b', {}, '/a/../b'],
  ['a', { pm2_env: '{"pm_cwd":"/srv/application"}' }, '/srv/application/a'],
  ['/a', { pm2_env: '{"pm_cwd":"/srv/application"}' }, '/a'],
  ['a', { pm_cwd: '/srv/of-the-parent' }, path.resolve('a')],
])('%s with %j is %s', (file, env, resolved) => {
  expect(resolveAtStart(file, () => getStartFolder(env))).toBe(resolved);
});

test('in a folder that was removed a path leads nowhere, and nothing is thrown', () => {
  const find = (): string => {
    throw new Error('ENOENT: uv_cwd');
  };
  expect(resolveAtStart('a', find)).toBe('a');
});
