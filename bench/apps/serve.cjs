/**
 * What every measured application has in common: it listens on a free port of the loopback and answers the bench's
 * questions over IPC. Nothing in here is in the request path.
 *
 * The applications are CommonJS, where each of the peers works without a loader thread: their best case.
 */

/** Starts the Express application and tells the bench its port. */
exports.serve = function serve(app) {
  const server = app.listen(0, '127.0.0.1', () => {
    process.send({ kind: 'listening', port: server.address().port });
  });
  server.keepAliveTimeout = 60_000;
  process.on('message', answer);
  process.on('disconnect', () => process.exit(0));
};

function answer({ id }) {
  const { user, system } = process.cpuUsage();
  process.send({ kind: 'answer', id, cpuMicros: user + system, rssBytes: process.memoryUsage.rss() });
}
