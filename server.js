/**
 * The web process of the sample Barbossa: what an application of this kind looks like. `PORT`, `HOST` say where it listens.
 * With `DATABASE_URL` its library is in PostgreSQL, with `REDIS_URL` its jobs are in queues that worker.js works on; without
 * them all is in this process.
 */
import { createServer } from 'node:http';
import express, { Router } from 'express';
import { observeActiveUsers, observeLibrary, observeQueueLength } from 'barbossa-telemetry';
import { HttpError } from './sample/http-error.js';
import { MemoryJobs } from './sample/jobs.js';
import { createLog } from './sample/logger.js';
import { serveProgress } from './sample/progress-socket.js';
import { createDownloadRoutes } from './sample/routes/downloads.js';
import { createImportRoutes } from './sample/routes/imports.js';
import { createSessionRoutes } from './sample/routes/sessions.js';
import { createTrackRoutes } from './sample/routes/tracks.js';
import { createTroubleRoutes } from './sample/routes/trouble.js';
import { Sessions } from './sample/sessions.js';
import { readSettings } from './sample/settings.js';
import { openStore } from './sample/store.js';
import { WELCOME_PAGE } from './sample/welcome-page.js';
import { startWork } from './sample/work.js';

/** Jobs and requests that are under way when the process is told to stop have so long to finish. */
const GRACE_MS = 4_000;
const LAST_MOMENT_MS = 7_000;

const log = createLog('web');
const requests = createLog('http');

function createApp(parts) {
  const app = express();
  app.disable('x-powered-by');
  app.use(logRequest);
  app.use(express.json({ limit: '16kb' }));
  app.get('/', (_request, response) => void response.type('html').send(WELCOME_PAGE));
  const api = Router();
  api.use(createTrackRoutes(parts));
  api.use(createSessionRoutes(parts));
  api.use('/downloads', createDownloadRoutes(parts));
  api.use('/imports', createImportRoutes(parts));
  api.use(createTroubleRoutes());
  app.use('/api', api);
  app.use(
    (request, response) => void response.status(404).json({ error: `there is no ${request.method} ${request.path}` }),
  );
  app.use(answerError);
  return app;
}

function logRequest(request, response, next) {
  const startedAt = performance.now();
  const [path] = request.originalUrl.split('?', 1);
  response.once('close', () => {
    const outcome = response.writableFinished ? response.statusCode : 'aborted';
    requests.info(`${request.method} ${path} ${outcome}`, { durationMs: Math.round(performance.now() - startedAt) });
  });
  next();
}

// Express knows an error handler by its four parameters.
function answerError(error, request, response, next) {
  if (response.headersSent) return next(error);
  const status = error.status >= 400 && error.status < 600 ? error.status : 500;
  if (status >= 500) log.error(`${request.method} ${request.originalUrl.split('?', 1)[0]} failed`, { error });
  const isForClient = status < 500 || error instanceof HttpError;
  response.status(status).json({ error: isForClient ? error.message : 'something went wrong here' });
}

/** Queues that processes share where there is a Redis, and then the worker does the work; else it is done here. */
async function openJobs({ redisUrl }, library) {
  if (redisUrl !== undefined) {
    const { QueueJobs } = await import('./sample/queue-jobs.js');
    return new QueueJobs(redisUrl);
  }
  const jobs = new MemoryJobs();
  startWork(jobs, library);
  // Queues in Redis are measured by the preload.
  for (const queue of ['downloads', 'imports']) observeQueueLength(queue, () => jobs.countWaiting(queue));
  return jobs;
}

function listen(server, { host, port }) {
  server.once('error', (error) => {
    const taken = error.code === 'EADDRINUSE';
    log.error(
      taken
        ? `port ${port} is taken: set PORT to another one, or to 0 for a free one`
        : `cannot listen: ${error.message}`,
    );
    process.exitCode = 1;
  });
  server.listen(port, host, () => {
    const { address, family, port: actual } = server.address();
    log.info(`listening on http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`);
  });
}

/** Ends when what was under way has ended, or has been given up. */
async function stop({ server, progress, jobs, store }) {
  setTimeout(() => process.exit(1), LAST_MOMENT_MS).unref();
  const closed = new Promise((resolve) => server.close(resolve));
  // A connection that was busy becomes idle later.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  progress.close();
  await Promise.all([closed, jobs.close({ timeoutMs: GRACE_MS })]);
  clearInterval(idle);
  clearTimeout(cut);
  await store.close();
}

async function main(settings) {
  const store = await openStore(settings);
  const { library } = store;
  const sessions = new Sessions(store.sessions);
  const jobs = await openJobs(settings, library);
  const server = createServer(createApp({ library, sessions, jobs }));
  const progress = serveProgress(server, jobs);
  observeLibrary(() => library.measure());
  observeActiveUsers(() => sessions.countUsers());
  listen(server, settings);
  for (const signal of ['SIGTERM', 'SIGINT']) {
    // Once: a second signal ends the process as if nobody listened.
    process.once(signal, async () => {
      log.info(`${signal}: no new requests, the work at hand is finished`);
      await stop({ server, progress, jobs, store });
      log.info('stopped');
    });
  }
}

try {
  await main(readSettings());
} catch (error) {
  log.error(error.message, error.cause === undefined ? {} : { error });
  process.exitCode = 1;
}
