/**
 * The collector of the bench, in a process of its own: answers every OTLP request at once and counts what came.
 * The first segment of the path names the run, so that one sink serves them all: /<run>/v1/logs.
 */
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { countJson, countProtobuf } from './otlp-count.js';

const runs = new Map();

const server = createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const json = (req.headers['content-type'] ?? '').includes('json');
    res.writeHead(200, { 'content-type': req.headers['content-type'] ?? 'application/json' });
    res.end(json ? '{}' : '');
    const body = Buffer.concat(chunks);
    record(req.url ?? '', req.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body, json);
  });
});

function record(url, body, json) {
  const [, run, , signal] = url.split('/');
  const { items, withTraceId } = json ? countJson(body) : countProtobuf(body);
  const counts = countsOf(run);
  counts.requests += 1;
  counts[signal] = (counts[signal] ?? 0) + items;
  if (signal === 'logs') counts.logsWithTraceId += withTraceId;
}

function countsOf(run) {
  let counts = runs.get(run);
  if (counts === undefined) {
    counts = { requests: 0, logs: 0, logsWithTraceId: 0, traces: 0, metrics: 0 };
    runs.set(run, counts);
  }
  return counts;
}

process.on('message', ({ id, run }) => process.send({ kind: 'answer', id, ...countsOf(run) }));
process.on('disconnect', () => process.exit(0));
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () =>
  process.send({ kind: 'listening', port: server.address().port }),
);
