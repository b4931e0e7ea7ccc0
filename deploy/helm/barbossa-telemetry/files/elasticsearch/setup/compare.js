/**
 * Where `actual` lacks something of `wanted`, in words: `mappings.dynamic is "true"`. What `actual` has besides is no
 * difference. The server writes numbers and booleans of settings as text.
 * @param {any} wanted @param {any} actual @param {string} [path]
 * @returns {string | undefined} `undefined`: it lacks nothing.
 */
export function findDifference(wanted, actual, path = '') {
  if (isMap(wanted) && isMap(actual)) {
    for (const key of Object.keys(wanted)) {
      const difference = findDifference(wanted[key], actual[key], path === '' ? key : `${path}.${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (print(wanted) === print(actual)) return undefined;
  return actual === undefined ? `${path} is missing` : `${path} is ${JSON.stringify(actual)}`;
}

/**
 * The same in both directions: something that `actual` has besides is a difference too.
 * @param {any} wanted @param {any} actual @returns {string | undefined}
 */
export function findAnyDifference(wanted, actual) {
  const lacking = findDifference(wanted, actual);
  if (lacking !== undefined) return lacking;
  const added = findDifference(actual, wanted);
  return added === undefined ? undefined : `${added.split(' is ')[0]} was added`;
}

/** @param {unknown} value */
function isMap(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function print(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
