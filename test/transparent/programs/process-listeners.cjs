// What the main script sees of the process that it runs in, and how signals and ends come to it.
const EVENTS = [
  'message',
  'disconnect',
  'uncaughtException',
  'unhandledRejection',
  'warning',
  'newListener',
  'SIGINT',
  'SIGWINCH',
];
for (const event of EVENTS.slice(0, -2)) {
  const names = process.listeners(event).map(({ name }) => name);
  console.log(event, names);
}
console.log('argv', process.argv.length, require.main === module, module.children.length);
console.log(Object.keys(process).includes('emit'), process.exitCode, process.title.includes('barbossa'));
process.on('SIGHUP', (signal, number) => console.log('got', signal, number));
process.on('beforeExit', (code) => console.log('before exit', code));
process.on('exit', (code) => console.log('exit', code, process.exitCode));
setTimeout(() => {
  process.kill(process.pid, 'SIGHUP');
  setTimeout(() => (process.exitCode = 3), 50);
}, 50);
