import { diag, warnOnce } from '../diagnostics/diag.js';

/** Whether what we follow by patching it is followed, for each version of it that is in the process. */
export interface FollowedTarget {
  /** Name of a package, or of a module of Node's: `node:http`. */
  readonly target: string;
  readonly version: string;
  readonly isFollowed: boolean;
}

/** Says what a patch has looked for in vain: a method, a class. */
export type ReportMissing = (what: string) => void;

const targets = new Map<string, FollowedTarget>();

/** Says that patches of a target took. A part of it that could not be followed stays said. */
export function reportFollowed(target: string, version: string): void {
  const key = keyOf(target, version);
  if (targets.has(key)) return;
  targets.set(key, { target, version, isFollowed: true });
  diag.debug(`${target} ${version} is followed`);
}

/**
 * Says that a target, or a part of it, cannot be followed: one warning for each version of it.
 * @param why What it has or lacks. @param lost What the application's telemetry is without.
 */
export function reportUnfollowed(target: string, version: string, why: string, lost: string): void {
  targets.set(keyOf(target, version), { target, version, isFollowed: false });
  warnOnce(`followed:${target}:${version}`, `${target} ${version} cannot be followed: ${why}; ${lost}`);
}

/** What was reported, the latest word for each target and version. */
export function listFollowed(): readonly FollowedTarget[] {
  return [...targets.values()];
}

function keyOf(target: string, version: string): string {
  return `${target}\u0000${version}`;
}
