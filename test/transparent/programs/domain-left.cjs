'use strict';
const domain = require('node:domain');
const { print } = require('../support/seen.cjs');

// A domain that is entered and never left, as old job runners do.
process.on('warning', (warning) => print('warning', `${warning.name} ${warning.code}`));
const left = domain.create();
left.on('error', (error) => print('caught', error.message));
left.enter();
setTimeout(() => {
  let bytes = [];
  for (let i = 0; i < 20; i += 1) bytes = Array.from({ length: 200_000 }, (_, at) => ({ at }));
  globalThis.gc();
  setTimeout(() => {
    throw new Error(`in a timer, ${bytes.length}`);
  }, 5);
}, 5);
setTimeout(() => print('still', 'here'), 60);
