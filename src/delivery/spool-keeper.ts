import type { Segment } from './segment.js';

/** Whose segments are in the spool. */
export interface SpoolKeeper {
  /** Most that the folder may hold, over all its processes. */
  readonly maxBytes: number;
  /** Whether a segment can be given up: it is not on its way. */
  readonly canGiveUp: (segment: Segment) => boolean;
  /** Gives a segment up, since there is no room, and has it removed. `counted`: another process has counted it. */
  readonly giveUp: (segment: Segment, counted: boolean) => void;
  /** Records of other processes were given up. */
  readonly onGivenUp: (count: number) => void;
}

/** A folder, and where spools of this service were before. */
export interface SpoolOptions {
  readonly directory: string;
  readonly serviceName: string;
  /** Folders that are looked into too, where they are there and ours. Default: none. */
  readonly formerDirectories?: readonly string[];
}
