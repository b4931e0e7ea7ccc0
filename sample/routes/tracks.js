import { Router } from 'express';
import { HttpError } from '../http-error.js';
import { readPage, readText, readWhole } from '../input.js';

const MAX_FOUND = 20;

/** `/tracks`, `/tracks/:id` and `/search`. */
export function createTrackRoutes({ library }) {
  const tracks = Router();
  tracks.get('/', async (request, response) => {
    const { page, limit, offset } = readPage(request.query);
    const [{ tracks: total }, found] = await Promise.all([library.measure(), library.list({ offset, limit })]);
    response.json({ page, size: limit, total, tracks: found });
  });
  tracks.get('/:id', async (request, response) => {
    const id = readWhole(request.params, 'id', { min: 1, max: 999_999_999 });
    const track = await library.get(id);
    if (track === undefined) throw new HttpError(404, `there is no track ${id}`);
    response.json(track);
  });
  const routes = Router();
  routes.use('/tracks', tracks);
  routes.get('/search', async (request, response) => {
    const q = readText(request.query, 'q', 100);
    response.json({ q, tracks: await library.search(q, MAX_FOUND) });
  });
  return routes;
}
