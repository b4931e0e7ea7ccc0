'use strict';
const http = require('node:http');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { text } = require('node:stream/consumers');
const winston = require('winston');

const log = winston.createLogger({ transports: [new winston.transports.Console()] });
const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
const options = {
  ...JSON.parse(process.env.OPTIONS ?? '{}'),
  ...(process.env.TELEMETRY === undefined ? {} : { telemetry: makeTelemetry() }),
};

class PlankError extends Error {}

/** An application on queues: as ROLE says it puts jobs in (web), does them (worker), or fetches them itself (manual). */
module.exports = function start(bullmq) {
  const roles = { web: startWeb, worker: startWorkers, manual: startManual };
  roles[process.env.ROLE](bullmq);
};

/** BullMQ's own way to spans, as an application may have set it up. */
function makeTelemetry() {
  const { context, propagation, trace } = require('@opentelemetry/api');
  const wrap = (span) => ({
    setSpanOnContext: (scope) => trace.setSpan(scope, span),
    setAttribute: (key, value) => span.setAttribute(key, value),
    setAttributes: (attributes) => span.setAttributes(attributes),
    addEvent: (name, attributes) => span.addEvent(name, attributes),
    recordException: (error) => span.recordException(error),
    spanContext: () => span.spanContext(),
    end: () => span.end(),
  });
  const tracer = trace.getTracer('application');
  return {
    tracer: { startSpan: (name, kind, parent) => wrap(tracer.startSpan(name, kind, parent)) },
    contextManager: {
      with: (scope, work) => context.with(scope, work),
      active: () => context.active(),
      getMetadata: (scope) => {
        const carrier = {};
        propagation.inject(scope, carrier);
        return JSON.stringify(carrier);
      },
      fromMetadata: (scope, metadata) => propagation.extract(scope, JSON.parse(metadata)),
    },
  };
}

function listen(answer) {
  const server = http.createServer(async (request, response) => {
    log.info('request');
    const body = await answer(await text(request));
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
}

/** Puts in what it is asked for, and shows what BullMQ gives back. */
function startWeb({ Queue, FlowProducer }) {
  const queues = new Map();
  const open = (name) => queues.get(name) ?? queues.set(name, new Queue(name, { connection, ...options })).get(name);
  const flows = new FlowProducer({ connection });
  const ways = {
    add: (queue, { name, data, opts }) => queue.add(name, data, opts),
    bulk: (queue, { jobs }) => queue.addBulk(jobs),
    many: async (queue, { name, count, failEvery }) => {
      const jobs = Array.from({ length: count }, (_, n) => ({ name, data: n % failEvery === 0 ? { do: 'fail' } : {} }));
      for (let at = 0; at < count; at += 1000) await queue.addBulk(jobs.slice(at, at + 1000));
    },
    flow: (queue, { name, children }) =>
      flows.add({
        name,
        queueName: queue.name,
        children: children.map((child) => ({ ...child, queueName: queue.name })),
      }),
    schedule: (queue, { name, every, limit }) => queue.upsertJobScheduler('nightly', { every, limit }, { name }),
    repeat: (queue, { name, every, limit }) => queue.add(name, {}, { repeat: { every, limit } }),
    template: (queue) => queue.getJobScheduler('nightly'),
    counts: (queue) => queue.getJobCounts(),
  };
  listen(async (body) => {
    if (body === '') return {};
    const { how, queue = 'songs', ...what } = JSON.parse(body);
    const result = await ways[how](open(queue), what);
    const [job] = Array.isArray(result) ? result : [result?.job ?? result];
    return { opts: job?.opts, result };
  });
}

function startWorkers(bullmq) {
  const { Worker } = bullmq;
  const boxed = path.join(__dirname, 'boxed.cjs');
  const workers = [
    new Worker('songs', (job, token) => perform(bullmq, workers[0], job, token), {
      connection,
      concurrency: 4,
      ...options,
    }),
    new Worker('boxed', boxed, { connection, concurrency: 2 }),
    new Worker('threads', boxed, { connection, useWorkerThreads: true }),
  ];
  for (const worker of workers) {
    worker.on('error', (error) => log.error(`worker: ${error.message}`));
    worker.on('progress', (job, progress) => log.info(`progress of ${job.name}`, { progress }));
    worker.on('completed', (job, result) => log.info(`done with ${job.name}`, { result }));
    worker.on('failed', (job, error) => {
      const extra = [...Object.keys(error), ...Object.getOwnPropertySymbols(error).map(String)];
      log.info(`failed at ${job?.name}`, { reason: error.message, extra, opts: job?.opts });
    });
  }
  listen(() => ({}));
}

async function perform(bullmq, worker, job, token) {
  log.info(`does ${job.name}`, { opts: job.opts, data: job.data });
  const isAgain = job.data.again === true;
  const again = () => job.updateData({ ...job.data, again: true });
  switch (job.data.do) {
    case 'fail':
      throw new PlankError('off the plank');
    case 'fail once':
      if (job.attemptsMade === 0) throw new PlankError('off the plank');
      return 'at last';
    case 'give up':
      throw new bullmq.UnrecoverableError('no more');
    case 'throw text':
      // oxlint-disable-next-line typescript/only-throw-error -- that is what this is about
      throw { message: 'no error at all' };
    case 'return a circle': {
      const circle = {};
      circle.circle = circle;
      return circle;
    }
    case 'delay':
      if (isAgain) return;
      await again();
      await job.moveToDelayed(Date.now() + 50, token);
      throw new bullmq.DelayedError();
    case 'limit':
      if (isAgain) return;
      await again();
      await worker.rateLimit(50);
      throw bullmq.Worker.RateLimitError();
    case 'wait for a child': {
      if (isAgain) return;
      await again();
      const queue = new bullmq.Queue('songs', { connection });
      // Later, so that there is something to wait for.
      await queue.add('child', {}, { delay: 500, parent: { id: job.id, queue: job.queueQualifiedName } });
      await queue.close();
      if (await job.moveToWaitingChildren(token)) throw new bullmq.WaitingChildrenError();
      return;
    }
    case 'take its time':
      return sleep(1_500);
    case 'hang':
      return sleep(600_000);
    case 'progress':
      await job.updateProgress(50);
      return 'half and half';
  }
}

/** Takes jobs by itself, as the manual says: one after the other, for ever. */
async function startManual({ Worker }) {
  const worker = new Worker('songs', null, { connection, autorun: false });
  listen(() => ({}));
  for (;;) {
    const job = await worker.getNextJob('token');
    if (job === undefined) continue;
    if (job.data.do === 'fail') await job.moveToFailed(new PlankError('off the plank'), 'token', false);
    else await job.moveToCompleted('done', 'token', false);
  }
}

if (require.main === module) module.exports(require('bullmq'));
