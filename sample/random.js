/** Numbers in [0, 1) that look random and are the same for the same seed, a text or a number. */
export function createRandom(seed) {
  let state = hash(String(seed)) || 1;
  const next = () => {
    // xorshift32 (G. Marsaglia, "Xorshift RNGs", 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  // Seeds that differ in one character begin alike; some rounds later they do not.
  for (let round = 0; round < 8; round++) next();
  return next;
}

/** One of the list. */
export function pick(random, list) {
  return list[Math.floor(random() * list.length)];
}

/** A whole number from `min` to `max`, both included. */
export function pickWhole(random, min, max) {
  return min + Math.floor(random() * (max - min + 1));
}

/** FNV-1a, 32 bits. */
function hash(text) {
  let value = 2_166_136_261;
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0), 16_777_619);
  return value;
}
