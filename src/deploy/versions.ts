/**
 * Compares versions as semver orders them: numbers by value, a pre-release before its release.
 * @returns Below 0 where `a` is older, 0 where they are the same in order, above 0 where `a` is newer.
 */
export function compareVersions(a: string, b: string): number {
  const [releaseA, preA] = split(a);
  const [releaseB, preB] = split(b);
  const release = compareParts(releaseA, releaseB);
  if (release !== 0 || preA.length === 0 || preB.length === 0) return release || preB.length - preA.length;
  return compareParts(preA, preB);
}

/** `1.2.0-beta.3+build`: [1, 2, 0] and [beta, 3]. */
function split(version: string): [release: string[], pre: string[]] {
  const [plain = ''] = version.split('+');
  const dash = plain.indexOf('-');
  if (dash === -1) return [plain.split('.'), []];
  return [plain.slice(0, dash).split('.'), plain.slice(dash + 1).split('.')];
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = comparePart(a[index], b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A part that is missing is before one that is there, and a number before a word. */
function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const isNumber = [a, b].map((part) => /^\d+$/.test(part));
  if (isNumber[0] === true && isNumber[1] === true) return Number(a) - Number(b);
  if (isNumber[0] !== isNumber[1]) return isNumber[0] === true ? -1 : 1;
  return Number(a > b) - Number(a < b);
}
