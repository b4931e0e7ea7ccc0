'use strict';
const fs = require('node:fs');

/** Says at SIGWINCH how often the functions of `fs` were called that open, close or remove something. */
const METHODS = [
  'open',
  'openSync',
  'close',
  'closeSync',
  'unlink',
  'unlinkSync',
  'rm',
  'rmSync',
  'rename',
  'renameSync',
];
let calls = 0;
let writes = 0;

function count(owner, name, add) {
  const original = owner[name];
  owner[name] = function counted(...args) {
    add();
    return original.apply(this, args);
  };
}

for (const name of METHODS) count(fs, name, () => calls++);
for (const name of ['open', 'unlink', 'rm', 'rename', 'writeFile']) count(fs.promises, name, () => calls++);
for (const name of ['write', 'writeSync']) count(fs, name, () => writes++);
process.on('SIGWINCH', () => process.stderr.write(`calls ${calls} writes ${writes}\n`));
