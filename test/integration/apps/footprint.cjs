'use strict';
const fs = require('node:fs');
const { PerformanceObserver } = require('node:perf_hooks');
const express = require('express');
const winston = require('winston');

/**
 * A server that tells what it has used so far. Its young generation has to be so large that nothing is collected
 * meanwhile (`--min-semi-space-size`): then what the heap has grown by is what was allocated.
 */
const logger = winston.createLogger({ transports: [new winston.transports.Console()] });
let collections = 0;
const collector = new PerformanceObserver((list) => (collections += list.getEntries().length));
collector.observe({ entryTypes: ['gc'] });

const app = express();
app.get('/tracks/:id', (req, res) => {
  logger.info('track served', { track: req.params.id, plan: 'basic' });
  res.json({ id: req.params.id });
});
app.get('/lines/:count', (req, res) => {
  let left = Number(req.params.count);
  const write = () => {
    for (let n = 0; n < 100 && left > 0; n++, left--) logger.info('track scanned', { track: left, plan: 'basic' });
    if (left > 0) setTimeout(write, 5);
    else res.end();
  };
  write();
});
app.get('/footprint', (req, res) => {
  // The observer hears of a collection in the next turn.
  setTimeout(() => {
    const io = fs.readFileSync('/proc/self/io', 'latin1');
    const count = (name) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)[1]);
    res.json({
      allocatedBytes: process.memoryUsage().heapUsed,
      systemCalls: count('syscr') + count('syscw'),
      collections,
    });
  }, 50);
});
const server = app.listen(0, '127.0.0.1', () => console.error(`listening on ${server.address().port}`));
server.keepAliveTimeout = 60_000;
