import { expect, test } from 'vitest';
import { compareVersions } from '../../../../src/deploy/versions.js';

/** As semver.org orders them. */
const ORDERED = [
  '0.1.0-alpha',
  '0.1.0-alpha.1',
  '0.1.0-alpha.beta',
  '0.1.0-beta.2',
  '0.1.0-beta.11',
  '0.1.0-rc.1',
  '0.1.0',
  '0.1.1',
  '0.2.0',
  '0.10.0',
  '1.0.0-0',
  '1.0.0',
];

test('each version is after all before it', () => {
  for (const [index, a] of ORDERED.entries()) {
    for (const [other, b] of ORDERED.entries()) {
      expect(Math.sign(compareVersions(a, b)), `${a} and ${b}`).toBe(Math.sign(index - other));
    }
  }
});

test('what was built of it says nothing', () => {
  expect(compareVersions('1.0.0+linux', '1.0.0')).toBe(0);
});
