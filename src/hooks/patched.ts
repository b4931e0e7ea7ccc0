// Symbol.for: two copies of this package in a process know each other's patches.
const PATCHED = Symbol.for('barbossa-telemetry.patched');

/** Whether a class, a prototype or a method is patched by us. */
export function isPatched(target: object): boolean {
  return (target as { readonly [PATCHED]?: boolean })[PATCHED] === true;
}

/** Marks it as patched by us. @returns Whether it was marked already: then it is left as it is. */
export function markPatched(target: object): boolean {
  if (isPatched(target)) return true;
  Object.defineProperty(target, PATCHED, { value: true });
  return false;
}
