// What stands between `require` and a module: stubs in Module._load, in require.cache, and what the loader is asked.
// oxlint-disable unicorn/prefer-node-protocol -- as stubs name them
const Module = require('node:module');
const load = Module._load;
const asked = [];

function withStub(name, stub, run) {
  Module._load = function (request, ...rest) {
    asked.push(request);
    return request === name ? stub : load.call(this, request, ...rest);
  };
  try {
    return run();
  } finally {
    Module._load = load;
  }
}

console.log(withStub('child_process', { stub: 1 }, () => require('child_process').stub));
console.log(typeof require('child_process').spawn);
require('os');
console.log(
  withStub('os', { stub: 2 }, () => require('os').stub),
  typeof require('os').cpus,
);
console.log(withStub('winston', { stub: 3 }, () => require('winston').stub));
console.log(typeof require('winston').createLogger);
console.log(withStub('winston', { stub: 4 }, () => require('winston').stub));
const place = require.resolve('winston');
const kept = require.cache[place];
require.cache[place] = { exports: { stub: 5 }, loaded: true };
console.log(require('winston').stub);
require.cache[place] = kept;
console.log(require('winston') === kept.exports);
console.log(asked, Module.prototype.require.length, Module.prototype.require.name);
