import { expect, test } from 'vitest';
import { BoundedMap } from '../../../src/collections/bounded-map.js';

test('one entry too many makes all others be forgotten; a known key that is set again does not', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3);
  expect([...map]).toEqual([
    ['a', 3],
    ['b', 2],
  ]);
  map.set('c', 4);
  expect([...map]).toEqual([['c', 4]]);
});
