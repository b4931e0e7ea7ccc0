import path from 'node:path';
import { expect, test } from 'vitest';
import { APPS, REGISTER, startApp, type AppProcess } from './support/app-process.js';
import { BARE_REQUESTS } from './support/bare-requests.js';
import { expectSameAnswers } from './support/compare-answers.js';
import { prepareExpress4 } from './support/aliased-package.js';
import { EXPRESS_REQUESTS } from './support/express-requests.js';
import { SAMPLE_REQUESTS } from './support/sample-requests.js';
import { countKeys, expectCounts } from './support/request-counts.js';

const ENV = { NODE_ENV: 'production', PORT: '0' };
const PRELOAD = ['--import', REGISTER];
const SAMPLE = path.resolve(APPS, '../../../server.js');

type Start = (preload: readonly string[]) => AppProcess;

const startTypeScript: Start = (preload) =>
  startApp('express5.ts', { env: ENV, nodeOptions: ['--import', 'tsx', ...preload] });

const startExpress4: Start = (nodeOptions) => {
  const folder = prepareExpress4(['express4.cjs', 'routes.cjs', 'serve.cjs']);
  return startApp(path.join(folder, 'express4.cjs'), { env: ENV, nodeOptions });
};

test.each([
  ['the sample', (nodeOptions: readonly string[]) => startApp(SAMPLE, { env: ENV, nodeOptions }), SAMPLE_REQUESTS],
  ['Express 4, CommonJS', startExpress4, EXPRESS_REQUESTS],
  ['Express 5, TypeScript', startTypeScript, EXPRESS_REQUESTS],
  ['bare http', (nodeOptions: readonly string[]) => startApp('bare.js', { env: ENV, nodeOptions }), BARE_REQUESTS],
] as const)('%s answers as without the preload, to the byte', async (_name, start, rows) => {
  const [plain, preloaded] = [start([]), start(PRELOAD)];
  const [plainUrl, url] = await Promise.all([findUrl(plain), findUrl(preloaded)]);
  await expectSameAnswers(plainUrl, url, rows);
  const [, admin = ''] = await preloaded.waitFor(/metrics at (http\S+)\/metrics/);
  await expectCounts(admin, countKeys(rows.flatMap(({ counted }) => counted)));
  expect(readComplaints(preloaded)).toEqual(readComplaints(plain));
});

/** What the application says on stderr: not our lines, and not where in the code an error came by. */
function readComplaints(app: AppProcess): string[] {
  return app
    .stderr()
    .split('\n')
    .filter((line) => !line.startsWith('[barbossa-telemetry]') && !line.startsWith('    at '));
}

async function findUrl(app: AppProcess): Promise<string> {
  const [, url = ''] = await app.waitFor(/listening on (http\S+?:\d+)/);
  return url;
}
