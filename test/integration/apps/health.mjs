import { get } from 'node:http';
import express from 'express';
import { health, registerHealthCheck } from 'barbossa-telemetry';

// What its checks ask is given by the test.
const { ECHO, EXTRA = '' } = process.env;
const seen = {};
if (ECHO !== undefined) {
  registerHealthCheck('fetch', async (signal) => {
    seen.fetch = await (await fetch(ECHO, { signal })).json();
  });
  registerHealthCheck('http', () => {
    const answered = new Promise((resolve, reject) => {
      get(ECHO, (answer) => void answer.toArray().then((chunks) => resolve(Buffer.concat(chunks)), reject)).on(
        'error',
        reject,
      );
    });
    return answered.then((body) => void (seen.http = JSON.parse(body)));
  });
}
if (EXTRA === 'broken') {
  registerHealthCheck('throws', () => {
    throw new Error('no route to cache.example');
  });
  registerHealthCheck('never', () => new Promise(() => {}), { timeoutMs: 300 });
  registerHealthCheck('nonsense', () => 42);
}
if (EXTRA === 'ends') {
  // Nothing but the checks is left to do.
  registerHealthCheck('hangs', () => new Promise(() => {}));
  console.log('nothing to do');
} else {
  const app = express();
  app.use(health());
  app.use('/internal/health', health());
  app.get('/seen', (_request, response) => void response.json(seen));
  const server = app.listen(0, '127.0.0.1', () =>
    console.log(`listening on http://127.0.0.1:${server.address().port}`),
  );
  // Then only the checks are left.
  app.get('/end', (_request, response) => {
    response.once('close', () => {
      server.close();
      server.closeAllConnections();
    });
    response.end();
  });
  // It takes its time to end.
  process.on('SIGTERM', () => {
    console.log('told to end');
    process.stdin.resume();
  });
  process.on('SIGINT', () => process.exit(0));
}
