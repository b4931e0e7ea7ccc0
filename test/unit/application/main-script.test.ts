import { expect, test } from 'vitest';
import { findMainScript, readClusterEnv } from '../../../src/application/main-script.js';

const PM2 = '/app/node_modules/pm2/lib';

test.each([
  ['node', ['node', '/app/server.js'], {}, '/app/server.js'],
  ['node without a script', ['node'], {}, undefined],
  ['pm2, fork mode', ['node', `${PM2}/ProcessContainerFork.js`], { pm_exec_path: '/app/server.js' }, '/app/server.js'],
  [
    'pm2, cluster mode',
    ['node', `${PM2}/ProcessContainer.js`],
    { pm2_env: '{"pm_exec_path":"/app/server.js","instances":2}' },
    '/app/server.js',
  ],
  [
    'pm2 on Windows',
    ['node', 'C:\\a\\node_modules\\pm2\\lib\\ProcessContainerFork.js'],
    { pm_exec_path: 'C:\\a\\s.js' },
    'C:\\a\\s.js',
  ],
  ['npm under pm2', ['node', `${PM2}/ProcessContainerFork.js`], { pm_exec_path: '/usr/bin/npm' }, '/usr/bin/npm'],
  ["pm2's daemon", ['node', `${PM2}/Daemon.js`], { pm_exec_path: '/app/server.js' }, `${PM2}/Daemon.js`],
  ['a variable of nobody', ['node', '/app/server.js'], { pm_exec_path: '/else.js', pm2_env: '{}' }, '/app/server.js'],
  ['pm2 with an odd variable', ['node', `${PM2}/ProcessContainer.js`], { pm2_env: 'no' }, `${PM2}/ProcessContainer.js`],
  ['ts-node-dev', ['node', '/a/node_modules/ts-node-dev/lib/wrap.js', 'server.ts', '--x'], {}, 'server.ts'],
  [
    'ts-node',
    ['node', '/a/node_modules/ts-node/dist/bin.js', '-P', 'a.json', '-r', './b.js', 's.ts', 'c.js'],
    {},
    's.ts',
  ],
  ['ts-node with code', ['node', '/a/node_modules/ts-node/dist/bin.js', '-e', '1'], {}, process.cwd()],
  ['babel-node', ['node', '/a/node_modules/@babel/node/lib/_babel-node.js', '--presets', 'x', 's.mjs'], {}, 's.mjs'],
] as const)('%s: the script of the application', (_name, argv, env, script) => {
  expect(findMainScript(argv, env)).toBe(script);
});

test.each([
  [undefined, {}],
  ['{"A":"1","B":2,"C":{"D":"3"},"E":null}', { A: '1' }],
  ['null', {}],
  ['[1]', {}],
  ['{', {}],
])('what pm2 hands over: %s', (text, variables) => {
  expect(readClusterEnv(text === undefined ? {} : { pm2_env: text })).toEqual(variables);
});
