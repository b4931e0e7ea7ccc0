import { Router } from 'express';
import { HttpError } from '../http-error.js';
import { readPage, readText, readWord } from '../input.js';
import { DOWNLOAD_SOURCES } from '../tasks.js';

/** `/downloads`: everybody may look, who has a session may start and cancel. */
export function createDownloadRoutes({ jobs, sessions }) {
  const routes = Router();
  routes.get('/', async (request, response) => {
    const { page, limit, offset } = readPage(request.query);
    const { total, jobs: found } = await jobs.list('downloads', { offset, limit });
    response.json({ page, size: limit, total, downloads: found.map(present) });
  });
  routes.post('/', sessions.require, async (request, response) => {
    const data = {
      artist: readText(request.body, 'artist', 100),
      title: readText(request.body, 'title', 100),
      source: readWord(request.body, 'source', DOWNLOAD_SOURCES),
    };
    const job = await jobs.enqueue('downloads', data);
    response.status(202).location(`/api/downloads/${job.id}`).json(present(job));
  });
  routes.get('/:id', async (request, response) => {
    const job = await jobs.get('downloads', request.params.id);
    if (job === undefined) throw new HttpError(404, 'there is no such download');
    response.json(present(job));
  });
  routes.delete('/:id', sessions.require, async (request, response) => {
    const job = await jobs.cancel('downloads', request.params.id);
    if (job === undefined) throw new HttpError(404, 'there is no such download');
    if (job.state !== 'cancelled') throw new HttpError(409, `the download has ${job.state} already`);
    response.json(present(job));
  });
  return routes;
}

function present({ data, ...job }) {
  return { ...job, ...data };
}
