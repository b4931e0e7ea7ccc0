import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findUrls, startApp } from './support/app-process.js';
import { startReceiver } from './support/otlp-receiver.js';
import { writeFiles } from './support/temporary-files.js';
import { APPS } from './support/app-process.js';

const UNSHARE = ['unshare', '--pid', '--fork', '--kill-child'];
const canUnshare = spawnSync('unshare', [...UNSHARE.slice(1), 'true']).status === 0;
const WINSTON = path.resolve(APPS, '../../../node_modules/winston');

/** Signals itself as `docker stop` would, at each line that it reads. */
const APP = `
const { createLogger, transports } = require(${JSON.stringify(WINSTON)});
const logger = createLogger({ transports: [new transports.Console()] });
const server = require('node:http').createServer((request, response) => {
  const [, signal] = request.url.split('/');
  process.kill(process.pid, signal);
  setTimeout(() => {
    logger.info('after ' + signal);
    response.end('pid ' + process.pid);
  }, 100);
});
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
`;

test.runIf(canUnshare)(
  'a signal to the first process of a container, which does not handle it: it lives on, is ready, and its lines are sent (needs namespaces)',
  async () => {
    const home = writeFiles({ 'app.cjs': APP });
    const receiver = await startReceiver();
    const app = startApp(path.join(home, 'app.cjs'), {
      wrapper: UNSHARE,
      isLauncher: true,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    const { url, admin } = await findUrls(app);
    const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGTERM'];
    for (const signal of signals) {
      expect(await (await fetch(`${url}/${signal}`)).text()).toBe('pid 1');
      expect((await fetch(`${admin}/health/ready`)).status).toBe(200);
    }
    const bodies = (): unknown[] => receiver.records.map((record) => record.body);
    await expect.poll(bodies, { timeout: 5_000 }).toEqual(signals.map((signal) => `after ${signal}`));
  },
);
