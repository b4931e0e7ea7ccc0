/** The middle value; the mean of the two in the middle where their number is even. */
export function median(values) {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, least and greatest. */
export function summarize(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * Each round's value over the same round's value of the baseline, summarized. What disturbs a whole round (another process, a
 * slower clock) is in both and falls out, which it does not in a ratio of medians.
 */
export function summarizeRatios(values, baseline) {
  if (values.length !== baseline.length) throw new RangeError('ratios need the same rounds on both sides');
  return summarize(values.map((value, round) => value / baseline[round]));
}
