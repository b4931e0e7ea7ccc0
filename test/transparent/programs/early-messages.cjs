// A forked process to which its parent writes at once, and which disconnects on its first message.
const { fork } = require('node:child_process');
const { basename } = require('node:path');

if (process.argv[2] === 'child') {
  const left = ['one', 'two'];
  console.log('runs', process.listenerCount('message'), process.listenerCount('disconnect'), process.connected);
  process.on('disconnect', () => console.log('disconnected', process.connected, process.channel));
  process.on('message', (message) => {
    console.log('got', message);
    left.shift();
    if (left.length === 0) process.disconnect();
  });
} else {
  const child = fork(__filename, ['child'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (printed += chunk));
  child.send('first');
  child.send({ second: true });
  child.on('close', (code, signal) => {
    process.stdout.write(printed);
    console.log(basename(__filename), 'ended with', code, signal);
  });
}
