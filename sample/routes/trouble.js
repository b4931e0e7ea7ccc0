import { Router } from 'express';
import { readWhole } from '../input.js';

const MAX_SLOW_MS = 10_000;
const PIECE_EVERY_MS = 100;

/** `/fail` and `/slow`: what goes wrong in every application now and then, here on demand. */
export function createTroubleRoutes() {
  const routes = Router();
  routes.get('/fail', () => {
    const cause = new Error('connect ECONNREFUSED 10.1.1.7:5432');
    throw new Error('the library cannot be read', { cause });
  });
  routes.get('/slow', (request, response) => {
    const ms = readWhole(request.query, 'ms', { min: 0, max: MAX_SLOW_MS, fallback: '1000' });
    const pieces = request.query.stream === '1' ? sendPieces(response) : undefined;
    const end = setTimeout(() => response.end(`that took ${ms} ms\n`), ms);
    response.once('close', () => {
      clearTimeout(end);
      clearInterval(pieces);
    });
  });
  return routes;
}

/** The first one at once. */
function sendPieces(response) {
  response.type('text').write('one moment\n');
  return setInterval(() => response.write('still at it\n'), PIECE_EVERY_MS);
}
