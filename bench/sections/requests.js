/** CPU of a request, resident memory and scrape time: one application after the other under the same load. */
import { startChild } from '../children.js';
import { findAddress, settle } from '../processes/start.js';
import { checkPrintedLines, checkRun, countSeries } from './checks.js';

const SCRAPES = 15;
const CHECKED_REQUESTS = 100;

/** Throws unless the variant answers and prints one line for each request, where it logs. */
export async function checkApplication(variant, { load, place }) {
  const child = startChild({
    file: variant.file,
    nodeArgs: variant.nodeArgs,
    env: variant.env(place),
    node: place.node,
    stdout: 'pipe',
  });
  try {
    const { port } = await child.next('listening');
    await load.send(port, CHECKED_REQUESTS);
  } finally {
    await child.kill();
  }
  checkPrintedLines(variant.title, child.stdout(), variant.app === 'express' ? 0 : CHECKED_REQUESTS);
}

/**
 * One run of one variant.
 * @returns CPU in us a request, RSS in bytes, scrape times in ms, and what the sink received.
 */
export async function runApplication(variant, { sink, load, place, options }) {
  const child = startChild({
    file: variant.file,
    nodeArgs: variant.nodeArgs,
    env: variant.env(place),
    node: place.node,
  });
  try {
    const { port } = await child.next('listening');
    const metricsUrl = await findMetricsUrl(variant, child, port, sink);
    await load.send(port, options.warmUpRequests);
    const before = await child.ask();
    await load.send(port, options.requests);
    const after = await child.ask();
    const sent = options.warmUpRequests + options.requests;
    const delivered = await settle(sink, place.run, { expected: variant.logs ? sent : 0, idleMs: options.idleMs });
    const idle = await child.ask();
    const scrapes = metricsUrl === undefined ? undefined : await scrape(metricsUrl);
    const counted = scrapes && countSeries(scrapes.text, variant.count);
    checkRun(variant, { sent, delivered, counted, stderr: child.stderr() });
    return {
      cpuMicros: (after.cpuMicros - before.cpuMicros) / options.requests,
      afterwardsMicros: (idle.cpuMicros - after.cpuMicros) / options.requests,
      loadedBytes: after.rssBytes,
      idleBytes: idle.rssBytes,
      scrapeMs: scrapes?.timesMs,
      scrapeBytes: scrapes?.bytes,
      sent,
      delivered: variant.logs ? delivered.logs : undefined,
    };
  } finally {
    await child.kill();
  }
}

async function findMetricsUrl({ metrics }, child, appPort, sink) {
  if (metrics === undefined) return undefined;
  return metrics === 'app' ? `http://127.0.0.1:${appPort}/metrics` : findAddress(child, sink.port);
}

async function scrape(url) {
  const timesMs = [];
  let text = '';
  for (let i = 0; i < SCRAPES; i++) {
    const startMs = performance.now();
    const response = await fetch(url);
    text = await response.text();
    timesMs.push(performance.now() - startMs);
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
  }
  return { timesMs, text, bytes: Buffer.byteLength(text) };
}
