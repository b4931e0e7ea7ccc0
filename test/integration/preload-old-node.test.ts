import { expect, test } from 'vitest';
import { readNodeVersion } from './node-binary.js';
import { REGISTER, startApp } from './support/app-process.js';
import { writeRequest } from './support/express-requests.js';
import { converse, readHeaders } from './support/raw-http.js';

const OLD = '20.5.1';
/** Where the applications run on a supported Node it is told to be an old one: the version is what the guard looks at. */
const PRETEND = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${OLD}'}})`;

test('a Node that is too old: one line, and the application runs untouched', async () => {
  const version = readNodeVersion();
  const isOld = Number(version.split('.')[0]) < 20;
  const app = startApp('bare.js', { nodeOptions: [...(isOld ? [] : ['--import', PRETEND]), '--import', REGISTER] });
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  const received = await converse(url, writeRequest('GET', '/'));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*plain$/);
  expect(readHeaders(received, 'X-Request-ID')).toEqual([]);
  expect(app.stderr()).toBe(
    `[barbossa-telemetry] warn: Node ${isOld ? version : OLD} is not supported, 20.6 or newer is; the application runs without telemetry\n`,
  );
});
