'use strict';
const { isMainThread } = require('node:worker_threads');
const winston = require('winston');

const log = winston.createLogger({ transports: [new winston.transports.Console()] });

class PlankError extends Error {}

/** A sandboxed processor. */
module.exports = async function boxed(job) {
  const extra = Object.keys(job).filter((key) => key.includes('barbossa'));
  log.info(`does ${job.name}`, { opts: job.opts, extra, pid: process.pid });
  await job.updateProgress(50);
  if (job.data.do === 'fail') throw new PlankError('off the plank');
  if (job.data.do === 'be killed') {
    if (isMainThread) process.kill(process.pid, 'SIGKILL');
    else process.exit(3);
  }
  return 'boxed';
};
