import { backOff, vary } from '../timing/back-off.js';
import type { Segment } from './segment.js';

/** How often a lone record has to fail while others are accepted, and for how long, before it is set aside. */
const FAILURES_ALONE = 3;
const MIN_ALONE_MS = 5_000;
/** A part that failed without a sign of what is wrong is tried whole once more before it is halved. */
const FAILURES_WHOLE = 2;
const FAILURES_WHOLE_WAVERING = 4;
/** One of several servers behind a balancer may be the wrong one: the next try meets another. */
const REFUSALS_ALONE = 3;
/** From 1,024 records to one, without anything being accepted on the way. */
const MAX_BLIND_REFUSALS = 12;
/** The server took what it had failed at: for so long nothing is concluded about a record. */
const WAVERING_MS = 30_000;
const FIRST_WAIT_MS = 250;
const FIRST_WAIT_ALONE_MS = 1_000;
const MAX_WAIT_MS = 15_000;
const MAX_OVERDUE_MS = 2_000;
/** Among poisons so many failures in a row are no news: from 1,024 records to one, and some more. */
const FREE_FAILURES = 16;
/** After so many in a row it is one request at a time again. */
const MOST_FAILURES_ABREAST = 4;
/** And so many of lone records that had failed before. */
const FREE_KNOWN = 128;
/** More lone records cost more to look through than they are worth. */
const MOST_LONE = 500;
/** Suspects that wait so long find nothing that the server takes. */
const DISTRESS_MS = 2_000;
/** So many records are tried in one outage; then they are tried again. */
const MOST_PROBES = 32;

/** What became of the requests of all kinds, as counts that only grow. */
export interface Health {
  /** Requests with records that were accepted. */
  readonly accepted: number;
  /** Failures of a segment right after the failure of another one: signs that it is not the records' fault. */
  readonly troubles: number;
}

/** Some records of a segment at which the server has failed: those from `from` up to, and without, `to`. */
export interface Part {
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
}

interface Suspect extends Part {
  failures: number;
  /** How often it was tried in an outage, which says nothing about it. */
  probes: number;
  /** Not before this time, by `performance.now()`. */
  dueMs: number;
  /** Of a single record: failures while others were accepted, and when the first was. */
  failuresAlone: number;
  aloneSinceMs: number;
  refusals: number;
  /** `Health` when it last failed. */
  seen: Health;
  underWay: boolean;
}

/** What a failure means: the part is tried again (whole or in halves), or it is a record that nobody takes now. */
export type PartVerdict = 'again' | 'alone';

/**
 * The segments at which the server has failed while it took others. Each is tried again by itself and halved until the
 * record is alone at which the server fails; its neighbours arrive meanwhile. Only bookkeeping: sends nothing.
 */
export class Suspects {
  readonly #health: () => Health;
  readonly #onDone: (segment: Segment) => void;
  readonly #parts = new Set<Suspect>();
  /** Of these, how many are more than one record. */
  #unsorted = 0;
  /** How many parts of a segment are left. */
  readonly #left = new Map<Segment, number>();
  /** While nothing at all is accepted suspects wait longer and longer, as everything does. */
  #waitMs = 0;
  #quietUntilMs = 0;
  /** Of known poisons, as long as others are tried. */
  #knownQuietUntilMs = 0;
  #acceptedAtFailure = -1;
  /** Refusals in a row without anything being accepted. */
  #blindRefusals = 0;
  /** Failures in a row without anything being accepted, without those of lone records that had failed before. */
  #failuresInRow = 0;
  /** And those. */
  #knownInRow = 0;
  #turn = false;
  /** How many records the server was probed with in this outage. */
  #probes = 0;
  #waveredMs = Number.NEGATIVE_INFINITY;

  /** The server takes small parts and fails at whole segments: a failure is no sign of an outage. */
  amongPoisons = false;

  /** @param onDone Nothing is left of a segment. */
  constructor(health: () => Health, onDone: (segment: Segment) => void) {
    this.#health = health;
    this.#onDone = onDone;
  }

  /** How many segments are held. */
  get segments(): number {
    return this.#left.size;
  }

  /** How many parts are still to be taken apart. */
  get unsorted(): number {
    return this.#unsorted;
  }

  /** Whether there are so many lone records that there should be no more. */
  get isFull(): boolean {
    return this.#parts.size - this.#unsorted >= MOST_LONE;
  }

  /** Whether several parts may be tried at one time: there are many, and the server takes enough of them. */
  get canGoAbreast(): boolean {
    return this.amongPoisons && this.#failuresInRow < MOST_FAILURES_ABREAST;
  }

  /** Whether the server has lately taken what it had failed at before. */
  get isWavering(): boolean {
    return performance.now() - this.#waveredMs < WAVERING_MS;
  }

  /** Whether nothing has been accepted in many tries. */
  get inDistress(): boolean {
    return this.#waitMs >= DISTRESS_MS;
  }

  /**
   * Takes a segment with all its records.
   * @param seen `Health` when it failed.
   */
  add(segment: Segment, count: number, seen: Health): void {
    this.#left.set(segment, 1);
    const dueMs = performance.now() + FIRST_WAIT_MS;
    this.#add({ segment, from: 0, to: count }, { failures: 1, dueMs, seen });
  }

  /** Takes a segment that failed in an outage, as everything did. */
  addOfOutage(segment: Segment): void {
    this.#left.set(segment, 1);
    this.#add({ segment, from: 0, to: segment.count }, {});
  }

  /** Takes a segment that would be refused again as it is. */
  addRefused(segment: Segment, count: number): void {
    this.#left.set(segment, 1);
    this.refuse(this.#add({ segment, from: 0, to: count }, {}));
  }

  /** What is due, which stays the caller's until it says what became of it. */
  next(): Part | undefined {
    const nowMs = performance.now();
    if (nowMs < this.#quietUntilMs) return undefined;
    // A stream of new parts must not keep an old one waiting for ever, nor many old ones a new one.
    this.#turn = !this.#turn;
    const isStarvedTurn = !this.amongPoisons || this.#turn;
    let best: Suspect | undefined;
    let oldest: Suspect | undefined;
    for (const part of this.#parts) {
      if (part.underWay || part.dueMs > nowMs || (isKnown(part) && nowMs < this.#knownQuietUntilMs)) continue;
      if (best === undefined || compare(part, best) < 0) best = part;
      if (oldest === undefined || part.dueMs < oldest.dueMs) oldest = part;
    }
    if (isStarvedTurn && oldest !== undefined && nowMs - oldest.dueMs > MAX_OVERDUE_MS) best = oldest;
    if (best !== undefined) best.underWay = true;
    return best;
  }

  /** An outage begins. */
  startProbing(): void {
    this.amongPoisons = false;
    this.#probes = 0;
    // What has failed since the last success, and never before, may have failed for the outage alone.
    const { accepted } = this.#health();
    for (const part of this.#parts) if (part.seen.accepted === accepted && part.failuresAlone === 0) part.failures = 0;
  }

  /**
   * One record to try the server with in an outage: of the largest part the one in its middle, so that each is of another
   * place. The rest of the part stays.
   */
  probe(): Part | undefined {
    let largest: Suspect | undefined;
    for (const part of this.#parts) {
      if (!part.underWay && (largest === undefined || sizeOf(part) > sizeOf(largest))) largest = part;
    }
    if (largest !== undefined && sizeOf(largest) > 1 && this.#probes < MOST_PROBES) {
      this.#probes += 1;
      const { from, to } = largest;
      const middle = from + Math.floor((to - from) / 2);
      const ends = [from, middle, middle + 1, to];
      const { failures, dueMs, seen } = largest;
      const one = this.#split(largest, ends, { failures, dueMs, seen }).find((part) => part.from === middle);
      if (one !== undefined) {
        one.failures = 0;
        one.underWay = true;
        return one;
      }
    }
    let best: Suspect | undefined;
    for (const part of this.#parts) if (!part.underWay && (best === undefined || compare(part, best) < 0)) best = part;
    if (best !== undefined) best.underWay = true;
    return best;
  }

  /** The server has failed at what an outage was probed with, as it fails at everything: nothing is concluded. */
  failProbe(part: Part): void {
    const suspect = part as Suspect;
    suspect.underWay = false;
    suspect.probes += 1;
    suspect.seen = this.#health();
  }

  /** When something will be due, by `performance.now()`; undefined where nothing waits. */
  get dueMs(): number | undefined {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const part of this.#parts) {
      if (part.underWay) continue;
      dueMs = Math.min(dueMs, isKnown(part) ? Math.max(part.dueMs, this.#knownQuietUntilMs) : part.dueMs);
    }
    return dueMs === Number.POSITIVE_INFINITY ? undefined : Math.max(dueMs, this.#quietUntilMs);
  }

  /** All is due now: the process ends. */
  hurry(): void {
    this.#quietUntilMs = 0;
    this.#knownQuietUntilMs = 0;
    for (const part of this.#parts) part.dueMs = 0;
  }

  /** Something was accepted: what waits need not wait longer than by its own failures. */
  onAccepted(): void {
    this.#waitMs = 0;
    this.#quietUntilMs = 0;
    this.#knownQuietUntilMs = 0;
    this.#failuresInRow = 0;
    this.#knownInRow = 0;
    this.#blindRefusals = 0;
  }

  /** The server has taken a part. */
  accept(part: Part): void {
    if ((part as Suspect).failures + (part as Suspect).refusals > 0) {
      this.#waveredMs = performance.now();
      this.amongPoisons = false;
    }
    this.finish(part);
  }

  /** A part is done with: refused for good, set aside, or gone. */
  finish(part: Part): void {
    this.#remove(part as Suspect);
    const { segment } = part;
    segment.sent += part.to - part.from;
    const left = (this.#left.get(segment) ?? 1) - 1;
    if (left > 0) {
      this.#left.set(segment, left);
      return;
    }
    this.#left.delete(segment);
    this.#onDone(segment);
  }

  /** The server has failed at a part. `alone`: the part is one record, at which it fails while it takes others. */
  fail(part: Part, waitMs = 0): PartVerdict {
    const suspect = part as Suspect;
    const nowMs = performance.now();
    const health = this.#health();
    const accepted = health.accepted - suspect.seen.accepted;
    const troubles = health.troubles - suspect.seen.troubles;
    suspect.underWay = false;
    suspect.failures += 1;
    suspect.seen = health;
    this.#waitAll(suspect, health.accepted, nowMs);
    const isHealthy = accepted > troubles;
    const nothingKnown = accepted === 0 && troubles === 0;
    const { isWavering } = this;
    if (sizeOf(suspect) > 1) {
      const needed = isWavering ? FAILURES_WHOLE_WAVERING : nothingKnown ? FAILURES_WHOLE : 0;
      const isDue = (isHealthy || nothingKnown) && suspect.failures >= needed;
      if (isDue || this.amongPoisons) this.#halve(suspect);
      else suspect.dueMs = nowMs + Math.max(waitMs, waitAfter(FIRST_WAIT_MS, suspect.failures));
      return 'again';
    }
    // A server that takes others does not need the time that it asks for.
    const askedMs = isHealthy ? 0 : waitMs;
    suspect.dueMs = nowMs + Math.max(askedMs, waitAfter(FIRST_WAIT_ALONE_MS, suspect.failures));
    if (!isHealthy) return 'again';
    suspect.failuresAlone += 1;
    if (suspect.failuresAlone === 1) suspect.aloneSinceMs = nowMs;
    const isProven = suspect.failuresAlone >= FAILURES_ALONE && nowMs - suspect.aloneSinceMs >= MIN_ALONE_MS;
    return isProven && !isWavering ? 'alone' : 'again';
  }

  /**
   * The server has refused a part for what it is. `alone`: it is one record, which nobody will ever take. A server that takes
   * nothing else at all says nothing about the records by it.
   */
  refuse(part: Part): PartVerdict {
    const suspect = part as Suspect;
    const isInformed = this.#health().accepted > suspect.seen.accepted;
    if (sizeOf(suspect) > 1 && (isInformed || this.canRefuseBlindly)) {
      if (!isInformed) this.#blindRefusals += 1;
      this.#halve(suspect);
      return 'again';
    }
    if (!isInformed || sizeOf(suspect) > 1) return this.fail(part);
    suspect.underWay = false;
    suspect.refusals += 1;
    return suspect.refusals >= REFUSALS_ALONE ? 'alone' : 'again';
  }

  /** Whether a refusal is taken for one of the records, although nothing was accepted for some time. */
  get canRefuseBlindly(): boolean {
    return this.#blindRefusals < MAX_BLIND_REFUSALS;
  }

  /** Its halves are tried at once. */
  #halve(part: Suspect): void {
    const { from, to } = part;
    this.#split(part, [from, from + Math.ceil((to - from) / 2), to], {});
  }

  /** @param ends Where the new parts begin and, last, where the last one ends. */
  #split(part: Suspect, ends: readonly number[], state: Partial<Suspect>): Suspect[] {
    const { segment } = part;
    const parts: Suspect[] = [];
    this.#remove(part);
    for (const [index, to] of ends.entries()) {
      const from = ends[index - 1] ?? to;
      if (to > from) parts.push(this.#add({ segment, from, to }, state));
    }
    this.#left.set(segment, (this.#left.get(segment) ?? 1) + parts.length - 1);
    return parts;
  }

  #add(part: Part, state: Partial<Suspect>): Suspect {
    const counts = { failures: 0, probes: 0, failuresAlone: 0, aloneSinceMs: 0, refusals: 0 };
    const suspect = { ...counts, dueMs: performance.now(), underWay: false, seen: this.#health(), ...state, ...part };
    this.#parts.add(suspect);
    if (sizeOf(suspect) > 1) this.#unsorted += 1;
    return suspect;
  }

  #remove(part: Suspect): void {
    if (this.#parts.delete(part) && sizeOf(part) > 1) this.#unsorted -= 1;
  }

  #waitAll(part: Suspect, accepted: number, nowMs: number): void {
    const isAgain = sizeOf(part) === 1 && part.failures > 1;
    if (isAgain) this.#knownInRow += 1;
    else this.#failuresInRow += 1;
    if (this.amongPoisons && isAgain) {
      const over = this.#knownInRow - FREE_KNOWN;
      if (over > 0) this.#knownQuietUntilMs = nowMs + backOff(FIRST_WAIT_MS, over, MAX_WAIT_MS);
    } else if (accepted === this.#acceptedAtFailure && !(this.amongPoisons && this.#failuresInRow <= FREE_FAILURES)) {
      this.#waitMs = Math.min(Math.max(this.#waitMs * 2, FIRST_WAIT_MS), MAX_WAIT_MS);
      this.#quietUntilMs = nowMs + this.#waitMs;
    }
    this.#acceptedAtFailure = accepted;
  }
}

function waitAfter(firstMs: number, failures: number): number {
  return vary(backOff(firstMs, failures, MAX_WAIT_MS), 0.25);
}

function sizeOf({ from, to }: Part): number {
  return to - from;
}

/** A lone record at which the server has failed. */
function isKnown(part: Suspect): boolean {
  return part.failures > 0 && sizeOf(part) === 1;
}

/** First the one that has failed least; of several the smallest, so that one record is found before the next is looked for. */
function compare(a: Suspect, b: Suspect): number {
  return (
    Number(isKnown(a)) - Number(isKnown(b)) || a.failures - b.failures || a.probes - b.probes || sizeOf(a) - sizeOf(b)
  );
}
