import { expect, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { select, sum } from './support/metrics.js';
import { countKeys, expectCounts } from './support/request-counts.js';

const TARGETS: readonly [target: string, endpoint: string][] = [
  ['/-/whole/data/packages', '/-/whole/data/:name'],
  ['/-/whole/data/packages?x=/-/whole', '/-/whole/data/:name'],
  ['/outer/inner/deep/1', '/outer/inner/deep/:id'],
  ['/outer/inner/again/1', '/outer/inner/again/:id'],
  ['/one/two/1', '/one/two/:id'],
  ['/short/1', '/v2/short/:id'],
  ['/again/from/1', '/again/to/:id'],
  ['/again/to/1', '/again/to/:id'],
  ['/tree/leaf', '/tree/leaf'],
  ['/tree/branch/branch/leaf', '/tree/branch/branch/leaf'],
  ['/number7/x/1', '/number7/x/:id'],
  ['/right/1', '/right/:id'],
  ['/anne/area/1', '/:tenant/area/:id'],
  ['/kept/1', '/kept/:id'],
];

// An alias of npm's: the folder is called otherwise than the package.
test.each(['express', 'express4'])('%s: an endpoint is where its route is, whoever changes the URL', async (name) => {
  const { url, admin } = await findUrls(startApp('mounts.cjs', { args: [name] }));
  for (const [target] of TARGETS) {
    const response = await fetch(url + target);
    expect.soft(response.status, target).toBe(200);
    await response.text();
  }
  const samples = await expectCounts(admin, countKeys(TARGETS.map(([, endpoint]) => `GET ${endpoint} 200`)));
  expect(select(samples, 'barbossa_instrumentation_active', { target: 'express' })).toHaveLength(1);
  expect(sum(samples, 'barbossa_instrumentation_active', { target: 'express' })).toBe(1);
});
