/** How often values are drawn again for an interval. */
const RESAMPLES = 4_000;
/** Of the medians drawn, from where to where: 95 %. */
const [LOW, HIGH] = [0.025, 0.975];

/** @typedef {{ median: number, low: number, high: number }} Summary */

/** The middle value; the mean of the two in the middle where their number is even. @param {readonly number[]} values */
export function median(values) {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Median, and where it lies with 95 % confidence: by the bootstrap, the percentiles of medians of values that are drawn again
 * from these. Where there are few values that is nearly from the least to the greatest.
 * @param {readonly number[]} values @returns {Summary}
 */
export function summarize(values) {
  const random = createRandom();
  const draw = () => values[Math.floor(random() * values.length)];
  const medians = Array.from({ length: RESAMPLES }, () => median(values.map(draw))).sort((a, b) => a - b);
  const at = (share) => medians[Math.round(share * (RESAMPLES - 1))];
  return { median: median(values), low: at(LOW), high: at(HIGH) };
}

/**
 * Each round's value over the same round's value of the baseline, summarized. What disturbs a whole round (another process, a
 * slower clock) is in both and falls out, which it does not in a ratio of medians.
 * @param {readonly number[]} values @param {readonly number[]} baseline
 */
export function summarizeRatios(values, baseline) {
  if (values.length !== baseline.length) throw new RangeError('ratios need the same rounds on both sides');
  return summarize(values.map((value, round) => value / baseline[round]));
}

/**
 * Each round's value less the same round's value of the baseline, summarized.
 * @param {readonly number[]} values @param {readonly number[]} baseline
 */
export function summarizeDifferences(values, baseline) {
  if (values.length !== baseline.length) throw new RangeError('differences need the same rounds on both sides');
  return summarize(values.map((value, round) => value - baseline[round]));
}

/** The same numbers from 0 to 1 each time, so that one result has one interval: a linear congruential generator. */
function createRandom() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
