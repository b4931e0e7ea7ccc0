/** `npm run traffic`: drives a running sample with a realistic mix of requests and says what it did. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './traffic/client.js';
import { createMix } from './traffic/mix.js';
import { readOptions, USAGE } from './traffic/options.js';
import { renderSummary, Tally } from './traffic/tally.js';

const MAX_AT_ONCE = 32;
/** Where so many in a row get no answer, the server is gone. */
const MAX_FAILURES_IN_A_ROW = 20;
const PROGRESS_EVERY_MS = 5_000;

const note = (text) => process.stderr.write(`${text}\n`);

/** One run: what it sends, and when it is over. */
class Run {
  #options;
  #client;
  #next;
  #underWay = new Set();
  #watched = new Set();
  #failuresInARow = 0;
  #interrupted = false;
  tally = new Tally();

  constructor(options) {
    this.#options = options;
    this.#client = new Client(options.url, MAX_AT_ONCE);
    this.#next = createMix(options.seed);
  }

  /** No further requests; what is under way ends by itself. */
  interrupt() {
    this.#interrupted = true;
  }

  get isServerGone() {
    return this.#failuresInARow >= MAX_FAILURES_IN_A_ROW;
  }

  /** Throws an Error for the person at the terminal where nobody listens. */
  async probe() {
    const { origin } = this.#options.url;
    try {
      await this.#client.probe();
    } catch (error) {
      throw new Error(`nobody listens at ${origin} (${error.code ?? error.message}); npm start runs the sample`, {
        cause: error,
      });
    }
  }

  /** Sends until the run is over. The seconds that it took. */
  async drive() {
    const { rate, maxRequests, maxSeconds } = this.#options;
    const startedAt = performance.now();
    const elapsedMs = () => performance.now() - startedAt;
    let dueMs = 0;
    while (this.tally.sent < maxRequests && !this.#interrupted && !this.isServerGone) {
      if (this.#underWay.size >= MAX_AT_ONCE) await Promise.race(this.#underWay);
      const waitMs = dueMs - elapsedMs();
      // Timers are a millisecond fine; what is due earlier goes now, and what was missed is not made up for.
      if (waitMs >= 1) await sleep(waitMs);
      if (elapsedMs() >= maxSeconds * 1_000) break;
      dueMs = Math.max(dueMs, elapsedMs() - 20) + 1_000 / rate;
      this.#start(this.#next());
    }
    await Promise.all(this.#underWay);
    await Promise.all(this.#watched);
    this.#client.close();
    return Math.round(elapsedMs() / 100) / 10;
  }

  #start(request) {
    this.tally.sent += 1;
    const done = this.#perform(request).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #perform(request) {
    const { way = 'send', options, onAnswer } = request;
    const startedAt = performance.now();
    try {
      const answer = way === 'watch' ? await this.#watch(request) : await this.#client[way](request, options);
      const latencyMs = answer.aborted ? undefined : performance.now() - startedAt;
      this.tally.count(request, answer.status, latencyMs);
      this.#failuresInARow = 0;
      onAnswer?.(answer);
    } catch (error) {
      this.tally.fail(error);
      this.#failuresInARow += 1;
    }
  }

  async #watch(request) {
    try {
      const answer = await this.#client.watch(request, () => (this.tally.progressMessages += 1));
      const watched = Promise.resolve(answer.watched).finally(() => {
        this.#watched.delete(watched);
        request.onEnd();
      });
      this.#watched.add(watched);
      return answer;
    } catch (error) {
      request.onEnd();
      throw error;
    }
  }
}

async function main(options) {
  const { url, seed, rate, json } = options;
  const run = new Run(options);
  await run.probe();
  process.once('SIGINT', () => run.interrupt());
  const startedAt = performance.now();
  const progress = setInterval(() => {
    note(`${Math.round((performance.now() - startedAt) / 1_000)} s: ${run.tally.sent} requests sent`);
  }, PROGRESS_EVERY_MS);
  const seconds = await run.drive();
  clearInterval(progress);
  const summary = run.tally.summarize({ url: url.origin, seed, rate, seconds });
  process.stdout.write(`${json ? JSON.stringify(summary, null, 2) : renderSummary(summary)}\n`);
  if (run.isServerGone) throw new Error(`${url.origin} does not answer any more`);
  if (run.tally.failed > 0) process.exitCode = 1;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${USAGE}\n`);
  else await main(options);
} catch (error) {
  // parseArgs explains itself in several lines.
  note(error.message.replaceAll('\n', ' '));
  process.exitCode = 1;
}
