import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { describeError, warnOnce } from '../diagnostics/diag.js';
import type { DropReason } from '../metrics/catalogue.js';
import { withoutEmitting } from '../context/silence.js';
import type { Aside, AsideRecord } from './aside.js';
import type { Buffers, SegmentContent } from './buffers.js';
import { MAX_BACKOFF_MS, Outage } from './outage.js';
import { MOST_SUSPECTS, MOST_UNSORTED, PoisonedFlow } from './poisoned-flow.js';
import { Pump } from './pump.js';
import { printRequest, type Segment } from './segment.js';
import type { Sender, SendResult } from './sender.js';
import { Suspects, type Health, type Part, type PartVerdict } from './suspects.js';

/** A request that takes longer lets others go beside it: a server may hang at one text and take every other one. */
const SLOW_MS = 750;
const MOST_REQUESTS = 12;
const MOST_SIDE_REQUESTS = 4;
/** In an outage, after so many failures in a row, every other request is one record: each segment may hold a poison. */
const FAILURES_WHOLE = 3;
/** The server is probed with records of so many segments, the oldest and the newest that failed. */
const PROBED_SEGMENTS = 2;
/** In an outage open segments are sent too where there are no more than these to try the server with. */
const FEW_SEGMENTS = 4;
const EMPTY_REQUEST = ['{"resourceLogs":[]}'];

/** What is sent where, and who hears of it. */
export interface DispatcherOptions {
  readonly buffers: Buffers;
  readonly aside: Aside;
  readonly sender: Sender;
  /** Where records go, for messages. */
  readonly url: string;
  /** Where they wait, for messages. */
  readonly waitingPlace: string;
  readonly onDropped: (reason: DropReason, count: number) => void;
  /** Sending works again. */
  readonly onRecovered: () => void;
}

type Retry = Extract<SendResult, { outcome: 'retry' }>;

/** A segment that failed, before it is known whether the server or the segment is the reason. */
interface Held {
  readonly segment: Segment;
  readonly count: number;
  readonly seen: Health;
  readonly failure: Retry;
}

type SideTask = { readonly part: Part } | { readonly record: AsideRecord };

/**
 * Sends the sealed segments for as often as it takes, usually one request at a time. Keeps nothing alive.
 *
 * After a failure another segment is tried. Where that is accepted, the first one is a suspect, looked into beside the
 * flow (`Suspects`), down to the record that the server fails at, which is set aside (`Aside`). Where it fails too, it
 * is an outage: one request at a time, after longer and longer waits, each with another segment, until one is accepted.
 * Where that is a single record while whole segments fail, each segment may hold a poison: whatever fails then is a
 * suspect at once, until whole segments are accepted again.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  // What is logged by code that sends would be sent, and so on.
  readonly #silence = withoutEmitting(ROOT_CONTEXT);
  readonly #flow: Pump<Segment>;
  readonly #side: Pump<SideTask>;
  readonly #suspects: Suspects;
  readonly #held: Held[] = [];
  #accepted = 0;
  #failuresInRow = 0;
  /** Of these, how many were of another segment than the one before. */
  #differentFailures = 0;
  #lastFailed: Segment | undefined;
  #troubles = 0;
  #sideTimer: NodeJS.Timeout | undefined;
  readonly #outage: Outage;
  readonly #poisonedFlow: PoisonedFlow;
  /** In an outage: the next request after this one, or where whole segments failed often this one, is a suspect's record. */
  #suspectsTurn = false;
  #probeTurn = false;
  /** How many segments of this outage the server is probed with. */
  #probed = 0;
  /** The server has taken something: it is one for logs. */
  #proven = false;
  #stopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#outage = new Outage(options.url, options.waitingPlace);
    this.#suspects = new Suspects(
      () => this.#health(),
      (segment) => options.buffers.finish(segment),
    );
    this.#poisonedFlow = new PoisonedFlow(this.#suspects);
    this.#flow = new Pump({
      next: () => this.#next(),
      run: (segment) => this.#sendSegment(segment),
      slowMs: SLOW_MS,
      most: MOST_REQUESTS,
    });
    this.#side = new Pump({
      next: () => this.#nextSide(),
      run: (task) => this.#sendSide(task),
      slowMs: SLOW_MS,
      most: MOST_SIDE_REQUESTS,
      mostQuick: () => (this.#suspects.canGoAbreast ? MOST_SIDE_REQUESTS : 1),
    });
  }

  /** Whether nothing can be sent: the last tries failed, of different segments where there were several. */
  get failing(): boolean {
    return this.#outage.isOn;
  }

  /** Sends what is sealed, unless a failure has to be waited out first. */
  wake(): void {
    if (this.#stopped) return;
    context.with(this.#silence, () => {
      this.#flow.wake();
      this.#side.wake();
    });
  }

  /** Sends now, whatever has failed before. Resolves when nothing is left or something cannot be sent. */
  async drain(): Promise<void> {
    if (this.#stopped) return;
    this.#outage.stopWaiting();
    this.#suspects.hurry();
    await context.with(this.#silence, async () => {
      let accepted: number;
      do {
        accepted = this.#accepted;
        await this.#flow.drain();
        await this.#side.drain();
        await this.#flow.drain();
        // Among poisons the flow waits for the suspects.
      } while (this.#suspects.amongPoisons && this.#accepted > accepted && !this.#options.buffers.empty);
    });
  }

  /** Nothing more is sent after the requests that are on their way. */
  stop(): void {
    this.#stopped = true;
    this.#outage.stopWaiting();
    clearTimeout(this.#sideTimer);
    this.#options.sender.close();
  }

  #next(): Segment | undefined {
    if (this.#stopped || this.#outage.isWaiting) return undefined;
    if (this.failing) return this.#nextInOutage();
    const { buffers } = this.#options;
    const [held] = this.#held;
    if (held === undefined) return this.#poisonedFlow.isClogged ? undefined : buffers.next();
    const other = this.#held.length === 1 ? buffers.nextOther(held.segment.lane) : undefined;
    if (other === undefined && this.#flow.running === 0) this.#startOutage();
    return other;
  }

  /** One request at a time, and each time another segment, so that one that always fails does not stand for all. */
  #nextInOutage(): Segment | undefined {
    const { buffers } = this.#options;
    if (this.#held.length > 0) return this.#waitOut();
    if (this.#flow.running + this.#side.running > 0) return undefined;
    if (buffers.fewestFailures > 0 && buffers.sealedCount < FEW_SEGMENTS) buffers.sealAll();
    const isSuspectsTurn = this.#suspectsTurn && this.#failuresInRow >= FAILURES_WHOLE;
    this.#suspectsTurn = !isSuspectsTurn;
    const segment = isSuspectsTurn ? undefined : buffers.nextOther(undefined);
    if (segment !== undefined) return segment;
    this.#addProbed();
    if (this.#suspects.segments === 0) return buffers.nextOther(undefined);
    this.#probeTurn = true;
    // Not from within the other pump's loop; and no immediate, for the reason that delivery.ts gives.
    setTimeout(() => this.#side.wake(), 0).unref();
    return undefined;
  }

  /** One of the segments that failed becomes one that the server is probed with, record by record. */
  #addProbed(): void {
    if (this.#probed >= PROBED_SEGMENTS && this.#suspects.unsorted > 0) return;
    if (this.#suspects.segments >= MOST_SUSPECTS) return;
    const segment = this.#options.buffers.nextFailed(this.#probed % 2 === 0 ? 'oldest' : 'newest');
    if (segment === undefined) return;
    this.#probed += 1;
    this.#suspects.addOfOutage(segment);
  }

  #health(): Health {
    return { accepted: this.#accepted, troubles: this.#troubles };
  }

  #nextSide(): SideTask | undefined {
    if (this.#stopped || this.#outage.isWaiting) return undefined;
    if (this.failing) {
      if (!this.#probeTurn || this.#flow.running + this.#side.running > 0) return undefined;
      this.#probeTurn = false;
      const probe = this.#suspects.probe();
      return probe && { part: probe };
    }
    const part = this.#suspects.next();
    if (part !== undefined) return { part };
    const record = this.#options.aside.next();
    if (record !== undefined) return { record };
    this.#wakeLater();
    return undefined;
  }

  async #sendSegment(segment: Segment): Promise<void> {
    const { buffers } = this.#options;
    let count = segment.count;
    let result: SendResult;
    try {
      const content = await buffers.read(segment);
      if (content === undefined || content.lines.length === 0) return buffers.finish(segment);
      count = content.lines.length;
      segment.count = count;
      result = await this.#send(content);
    } catch (error) {
      result = explain(error);
    }
    if (result.outcome === 'retry') return this.#hold(segment, count, result);
    if (result.outcome === 'refused' && !this.#suspects.canRefuseBlindly) {
      return this.#hold(segment, count, { ...result, outcome: 'retry' });
    }
    if (result.outcome === 'refused') this.#suspects.addRefused(segment, count);
    else {
      this.#poisonedFlow.onWhole(true);
      this.#countRejected(result, count);
      buffers.finish(segment);
    }
    this.#side.wake();
  }

  async #sendSide(task: SideTask): Promise<void> {
    if ('part' in task) await this.#sendPart(task.part);
    else await this.#sendRecord(task.record);
    this.#flow.wake();
  }

  async #sendPart(part: Part): Promise<void> {
    const { aside, buffers } = this.#options;
    const { segment, from, to } = part;
    const isProbe = this.failing;
    let whole: SegmentContent | undefined;
    let content: SegmentContent | undefined;
    let result: SendResult;
    try {
      whole = await buffers.read(segment);
      if (whole === undefined || whole.lines.length <= from) return this.#suspects.finish(part);
      content = { resource: whole.resource, lines: whole.lines.slice(from, to) };
      result = await this.#send(content, isProbe);
    } catch (error) {
      result = explain(error);
    }
    const lines = whole?.lines ?? [];
    const isRefused = !isProbe && result.outcome === 'refused';
    if (result.outcome === 'accepted' || (isRefused && this.#suspects.refuse(part) === 'alone')) {
      this.#countRejected(result, to - from);
      buffers.finishPart(part, lines);
      if (result.outcome === 'accepted') this.#suspects.accept(part);
      else this.#suspects.finish(part);
      return;
    }
    const [line] = content?.lines ?? [];
    const failure: Retry = { ...result, outcome: 'retry' };
    const isAlone = !isRefused && this.#failPart(part, failure, isProbe) === 'alone';
    if (this.failing) this.#waitOut(failure);
    if (!isAlone || content === undefined || line === undefined) return;
    aside.add(content.resource, line, result.reason);
    buffers.finishPart(part, lines);
    this.#suspects.finish(part);
  }

  #failPart(part: Part, failure: Retry, isProbe: boolean): PartVerdict {
    if (isProbe) {
      this.#suspects.failProbe(part);
      return 'again';
    }
    const verdict = this.#suspects.fail(part, failure.afterMs);
    const waits = this.#suspects.unsorted > 0 || this.#options.buffers.sealedCount > 0;
    if (this.#suspects.amongPoisons && this.#suspects.inDistress && waits && !this.failing) this.#startOutage(failure);
    return verdict;
  }

  async #sendRecord(record: AsideRecord): Promise<void> {
    const { aside } = this.#options;
    let result: SendResult;
    try {
      const content = await aside.read(record);
      if (content === undefined) return aside.finish(record);
      result = await this.#send(content);
    } catch (error) {
      result = explain(error);
    }
    if (result.outcome === 'retry') return aside.fail(record);
    if (result.outcome === 'refused' && aside.refuse(record, this.#accepted) === 'again') return;
    this.#countRejected(result, 1);
    aside.finish(record);
  }

  async #send({ resource, lines }: SegmentContent, isProbe = false): Promise<SendResult> {
    const { sender } = this.#options;
    let result = await sender.send(printRequest(resource, lines));
    if (result.outcome === 'refused' && result.tooLarge !== true && !this.#proven) {
      // A server that is not one for logs refuses everything; then it is not the records' fault.
      const probe = await sender.send(EMPTY_REQUEST);
      if (probe.outcome === 'accepted') this.#proven = true;
      else result = { outcome: 'retry', reason: result.reason };
    }
    if (result.outcome === 'retry') return result;
    if (result.outcome === 'accepted') this.#onAccepted(isProbe);
    return result;
  }

  #onAccepted(isProbe: boolean): void {
    this.#proven = true;
    this.#accepted += 1;
    if (isProbe && this.failing) this.#poisonedFlow.begin();
    this.#failuresInRow = 0;
    this.#differentFailures = 0;
    this.#lastFailed = undefined;
    this.#suspects.onAccepted();
    const { buffers } = this.#options;
    for (const { segment, count, seen } of this.#held.splice(0)) {
      if (this.#suspects.segments < MOST_SUSPECTS) this.#suspects.add(segment, count, seen);
      else buffers.postpone(segment);
    }
    // What has failed in an outage may be what the outage was about: it must not come first again.
    const most = isProbe ? MOST_UNSORTED : MOST_SUSPECTS;
    while (this.failing && this.#suspects.segments < most) {
      const segment = buffers.nextFailed();
      if (segment === undefined) break;
      this.#suspects.addOfOutage(segment);
    }
    if (this.#outage.end()) this.#options.onRecovered();
  }

  #countRejected(result: SendResult, count: number): void {
    const rejected = result.outcome === 'accepted' ? Math.min(result.rejected, count) : count;
    if (rejected <= 0) return;
    this.#options.onDropped('rejected', rejected);
    warnOnce('log-rejected', `${this.#options.url} refused ${rejected} log record(s) for good: ${result.reason}`);
  }

  #hold(segment: Segment, count: number, failure: Retry): void {
    segment.failures += 1;
    this.#poisonedFlow.onWhole(false);
    if (this.#suspects.amongPoisons) {
      if (!this.#poisonedFlow.hasRoom) return this.#options.buffers.postpone(segment);
      this.#suspects.add(segment, count, this.#health());
      this.#side.wake();
      return;
    }
    if (this.#failuresInRow > 0) this.#troubles += 1;
    this.#failuresInRow += 1;
    if (segment !== this.#lastFailed) this.#differentFailures += 1;
    this.#lastFailed = segment;
    this.#held.push({ segment, count, seen: this.#health(), failure });
  }

  /** @param failure Of a suspect, where it is not one of those that are held. */
  #startOutage(failure?: Retry): void {
    this.#suspects.startProbing();
    this.#outage.start();
    this.#probed = 0;
    if (failure !== undefined) this.#failuresInRow = Math.max(this.#failuresInRow, FAILURES_WHOLE);
    if (failure === undefined) this.#waitOut();
  }

  /** What has failed goes back to its queue, and the next request waits. */
  #waitOut(failure?: Retry): undefined {
    const held = this.#held.splice(0);
    for (const { segment } of held) this.#options.buffers.giveBack(segment);
    const failures = [...held.map((one) => one.failure), ...(failure === undefined ? [] : [failure])];
    const askedMs = Math.max(0, ...failures.map((one) => one.afterMs ?? 0));
    // What is said of one segment alone must not hold the others for long.
    const afterMs = this.#differentFailures > 1 ? askedMs : Math.min(askedMs, MAX_BACKOFF_MS);
    this.#outage.tell(failures[0]?.reason ?? '', this.#failuresInRow);
    if (!this.#stopped) this.#outage.wait(afterMs, () => this.wake());
    return undefined;
  }

  #wakeLater(): void {
    clearTimeout(this.#sideTimer);
    const dueMs = Math.min(this.#suspects.dueMs ?? Infinity, this.#options.aside.dueMs ?? Infinity);
    if (dueMs === Infinity) return;
    this.#sideTimer = setTimeout(() => this.wake(), Math.max(1, dueMs - performance.now())).unref();
  }
}

/** A fault of ours, or of the disk: the records are not the worse for it. */
function explain(error: unknown): Retry {
  const reason = describeError(error);
  warnOnce('log-delivery', `log delivery failed: ${reason}`);
  return { outcome: 'retry', reason };
}
