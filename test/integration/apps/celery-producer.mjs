import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { getLogger } from 'barbossa-telemetry';
import { putTask } from '../../../deploy/celery/put-task.js';

// Each request puts a task in for the Python worker.
const redis = new Redis(process.env.REDIS_URL);
const logger = getLogger('library');
const server = createServer(async (request, response) => {
  const path = decodeURIComponent(request.url);
  logger.info('puts a task in', { path });
  const id = await putTask(redis, { task: 'library.tag', args: [path] });
  response.end(id);
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
