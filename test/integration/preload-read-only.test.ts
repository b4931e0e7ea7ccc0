import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { APPS, findUrls, startApp, type AppOptions } from './support/app-process.js';
import { startReceiver } from './support/otlp-receiver.js';
import { readOwnLines } from './support/own-lines.js';
import { expectCounts } from './support/request-counts.js';
import { writeFiles } from './support/temporary-files.js';

const SAMPLE = path.resolve(APPS, '../../../server.js');
const MAKE_READ_ONLY = 'mount -o remount,bind,ro /';
const canMount = spawnSync('unshare', ['-m', 'sh', '-c', MAKE_READ_ONLY]).status === 0;

/** The application works, its metrics are served, and its log lines are sent, from memory. */
async function expectToWork(options: AppOptions, reason: RegExp): Promise<void> {
  const receiver = await startReceiver();
  const env = { PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...options.env };
  const app = startApp(SAMPLE, { ...options, env });
  const { url, admin } = await findUrls(app);
  expect((await fetch(`${url}/api/tracks/1`)).status).toBe(200);
  await expectCounts(admin, { 'GET /api/tracks/:id 200': 1 });
  await receiver.waitFor((records) => records.some(({ body }) => body === 'GET /api/tracks/1 200'));
  const [warning, ...others] = readOwnLines(app);
  expect(warning).toMatch(/^warn: log spool .+ is not used: .+; log records wait in memory only$/);
  expect(warning).toMatch(reason);
  expect(others).toEqual([expect.stringContaining(' started for ')]);
}

test('a spool folder that cannot be made', async () => {
  const folder = writeFiles({ file: 'in the way' });
  await expectToWork({ env: { BARBOSSA_LOG_SPOOL_DIR: path.join(folder, 'file/spool') } }, /ENOTDIR/);
});

test.runIf(canMount)('a file system that is read-only everywhere (needs the right to mount)', async () => {
  const wrapper = ['unshare', '-m', 'sh', '-c', `${MAKE_READ_ONLY} && exec "$@"`, 'sh'];
  await expectToWork({ wrapper }, /EROFS/);
});
