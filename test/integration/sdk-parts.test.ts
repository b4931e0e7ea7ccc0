import { expect, test } from 'vitest';
import { findUrls, REGISTER, startApp } from './support/app-process.js';
import { startEcho } from './support/echo-server.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const LIST = 'for (const file of Object.keys(require.cache)) console.log(file)';

test('what nobody asked for is not loaded: sdk-node brings an exporter for every protocol', async () => {
  const app = startApp('unused', { nodeOptions: ['--import', REGISTER, '--eval', LIST] });
  expect(await app.exited).toMatchObject({ code: 0 });
  expect(app.stdout()).toContain('/@opentelemetry/sdk-metrics/');
  expect(app.stdout()).not.toContain('/@opentelemetry/sdk-node/');
  expect(app.stdout()).not.toContain('grpc');
});

test('propagators of OTEL_PROPAGATORS are read, also those whose headers differ', async () => {
  const app = startApp('outgoing.mjs', { env: { OTEL_PROPAGATORS: 'b3' } });
  const { url } = await findUrls(app);
  const headers = { b3: `${TRACE_ID}-b7ad6b7169203331-1` };
  const answer = await fetch(`${url}/http/anne?to=${encodeURIComponent(await startEcho())}`, { headers });
  expect(await answer.json()).toMatchObject({ b3: expect.stringMatching(`^${TRACE_ID}-`) as string });
  expect((await app.waitFor(/"trace_id":"([\da-f]{32})"/))[1]).toBe(TRACE_ID);
});

test('where a limit of records is set, NodeSDK reads it', async () => {
  const app = startApp('unused', {
    nodeOptions: ['--import', REGISTER, '--eval', LIST],
    env: { OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100' },
  });
  await app.exited;
  expect(app.stdout()).toContain('/@opentelemetry/sdk-node/');
});
