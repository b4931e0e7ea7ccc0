import type { Suspects } from './suspects.js';

/** More segments than these cannot be looked into at one time: the others go to the end of their queue. */
export const MOST_SUSPECTS = 64;
/** Among poisons there may be so many, of which those beyond come one at a time, so long after each other. */
const MOST_SUSPECTS_AMONG_POISONS = 128;
const EVIDENCE_MS = 1_000;
/** Among poisons the flow waits while so many parts of segments are still to be taken apart. */
export const MOST_UNSORTED = 8;
/** For so long no whole segment has failed: poisons are an exception again. */
const CALM_MS = 30_000;

/**
 * Whether each segment may hold a poison: whole ones fail while single records are accepted. What fails then is a suspect at
 * once, without another segment as the evidence; and the flow waits for the suspects, so that they do not become too many.
 */
export class PoisonedFlow {
  readonly #suspects: Suspects;
  /** The last whole segment was accepted. */
  #isCalm = true;
  #wholeFailedMs = Number.NEGATIVE_INFINITY;
  #evidenceMs = Number.NEGATIVE_INFINITY;

  constructor(suspects: Suspects) {
    this.#suspects = suspects;
  }

  /** A single record was accepted in what looked like an outage. A server that wavers does that too: then it means nothing. */
  begin(): void {
    if (this.#suspects.isWavering) return;
    this.#suspects.amongPoisons = true;
    this.#isCalm = true;
    this.#wholeFailedMs = performance.now();
  }

  /** A whole segment was accepted, or not. */
  onWhole(isAccepted: boolean): void {
    this.#isCalm = isAccepted;
    if (!isAccepted) this.#wholeFailedMs = performance.now();
    else if (performance.now() - this.#wholeFailedMs > CALM_MS) this.#suspects.amongPoisons = false;
  }

  /** Whether one more segment can be a suspect. */
  get hasRoom(): boolean {
    return this.#suspects.segments < MOST_SUSPECTS_AMONG_POISONS;
  }

  /** Whether the flow waits for the suspects. To be asked for each segment: it lets pass one now and then. */
  get isClogged(): boolean {
    const { amongPoisons, segments, unsorted, isFull } = this.#suspects;
    if (!amongPoisons || this.#isCalm) return false;
    if (unsorted >= MOST_UNSORTED) return true;
    if (segments < MOST_SUSPECTS && !isFull) return false;
    // All are lone records. What others the server takes is the evidence for them.
    const nowMs = performance.now();
    if (unsorted > 0 || !this.hasRoom || nowMs - this.#evidenceMs < EVIDENCE_MS) return true;
    this.#evidenceMs = nowMs;
    return false;
  }
}
