import { Router } from 'express';
import { readText, readWord } from '../input.js';
import { IMPORT_SOURCES } from '../tasks.js';

/** `/imports`: nothing in here without a session. */
export function createImportRoutes({ jobs, sessions }) {
  const routes = Router();
  routes.use(sessions.require);
  routes.post('/', async (request, response) => {
    const folder = readText(request.body, 'folder', 200);
    const source = readWord(request.body, 'source', IMPORT_SOURCES);
    const { id, state } = await jobs.enqueue('imports', { folder, source });
    response.status(202).json({ id, state, folder, source });
  });
  return routes;
}
