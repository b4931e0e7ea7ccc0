// A signal, what its handlers see of the list that they are on, and an event that is none.
'use strict';
const { attempt, print } = require('../support/seen.cjs');

const next = (signal) => new Promise((resolve) => process.once(signal, (...args) => resolve(args)));
const send = (signal) => process.kill(process.pid, signal);
const hear = (signal) => {
  const heard = next(signal);
  send(signal);
  return heard;
};
const count = (signal) => process.listenerCount(signal);

async function main() {
  const timer = setInterval(() => {}, 1_000);
  await attempt('a signal', () => hear('SIGTERM'));
  process.prependOnceListener('SIGINT', (...args) => print('first', [args, count('SIGINT')]));
  await attempt('a once listener in front', () => hear('SIGINT'));
  print('nobody is left', [count('SIGTERM'), count('SIGINT')]);
  await attempt('again', () => hear('SIGINT'));
  print('emitted to nobody', process.emit('SIGINT'));
  process.emit('SIGHUP');
  process.emit('SIGUSR2', 'SIGUSR2', 12);
  print('lives', Object.hasOwn(process, 'emit'));
  process.once('SIGHUP', () => {
    print('the last one', count('SIGHUP'));
    clearInterval(timer);
    if (count('SIGHUP') === 0) send('SIGHUP');
  });
  send('SIGHUP');
}

void main();
