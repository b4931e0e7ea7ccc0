/**
 * Requests at a steady rate, each with an id of its own, until its input ends: `node load.mjs URL PREFIX RATE`. A line of
 * output for each that was answered with 200: its id, and when. Express writes a line with the id for each.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const [url, prefix, rate] = process.argv.slice(2);
const over = new AbortController();
process.stdin.once('end', () => over.abort()).resume();

const underWay = new Set();
for (let number = 0; !over.signal.aborted; number += 1) {
  const done = send(`${prefix}-${number}`).finally(() => underWay.delete(done));
  underWay.add(done);
  await sleep(1_000 / Number(rate));
}
await Promise.all(underWay);

async function send(id) {
  try {
    const answer = await fetch(url, { headers: { 'x-request-id': id }, signal: AbortSignal.timeout(15_000) });
    await answer.arrayBuffer();
    if (answer.status === 200) process.stdout.write(`${id} ${Date.now()}\n`);
  } catch {
    // Nobody answered: whether it was logged is not known.
  }
}
