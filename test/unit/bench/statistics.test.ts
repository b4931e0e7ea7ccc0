import { expect, test } from 'vitest';
import { median, summarize, summarizeDifferences, summarizeRatios } from '../../../bench/statistics.js';

test('the median of an odd and an even number of values, and of none', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

test('an interval holds its median, is the same each time, and is a point for equal values', () => {
  const values = [10, 12, 11, 15, 9, 10, 11, 12, 30];
  const { low, high } = summarize(values);
  expect(low).toBeLessThanOrEqual(11);
  expect(high).toBeGreaterThanOrEqual(11);
  // An outlier does not move it.
  expect(high).toBeLessThan(30);
  expect(summarize(values)).toEqual({ median: 11, low, high });
  expect(summarize([7, 7, 7])).toEqual({ median: 7, low: 7, high: 7 });
});

test('the interval of a small sample holds the median that it was drawn from about as often as it says', () => {
  let state = 7;
  const draw = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  const samples = Array.from({ length: 200 }, () => summarize(Array.from({ length: 15 }, draw)));
  const held = samples.filter(({ low, high }) => low <= 0.5 && high >= 0.5).length;
  // The bootstrap promises a little too much where there are few values: 15 of them, some 90 of 100.
  expect(held).toBeGreaterThan(170);
  expect(held).toBeLessThan(199);
});

test('ratios and differences are of the same rounds: what slows a whole round falls out', () => {
  const slow = [1, 2, 4];
  expect(summarizeRatios([2, 4, 8], slow)).toEqual({ median: 2, low: 2, high: 2 });
  expect(summarizeDifferences([2, 3, 5], slow)).toEqual({ median: 1, low: 1, high: 1 });
  expect(() => summarizeRatios([1], slow)).toThrow(RangeError);
});
