import cluster from 'node:cluster';
import { createServer } from 'node:http';

const WORKERS = 2;

if (cluster.isPrimary) {
  for (let index = 0; index < WORKERS; index += 1) cluster.fork();
  let listening = 0;
  cluster.on('listening', (_worker, { port }) => {
    listening += 1;
    if (listening === WORKERS) console.log(`listening on http://127.0.0.1:${port}`);
  });
} else {
  createServer((request, response) => response.end(String(process.pid))).listen(0, '127.0.0.1');
}
