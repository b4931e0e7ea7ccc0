/** How long to wait before the next try: `firstMs`, and twice as long after each further failure, at most `mostMs`. */
export function backOff(firstMs: number, failures: number, mostMs: number): number {
  return Math.min(firstMs * 2 ** Math.max(0, failures - 1), mostMs);
}

/** Somewhat more or less: processes that lost one server must not come back to it in step. @param share 0.25: a quarter. */
export function vary(ms: number, share: number, random: () => number = Math.random): number {
  return ms * (1 - share + 2 * share * random());
}
