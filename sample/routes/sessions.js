import { Router } from 'express';
import { HttpError } from '../http-error.js';
import { readText } from '../input.js';
import { clearSessionCookie, setSessionCookie } from '../sessions.js';

/** `/login` and `/logout`. */
export function createSessionRoutes({ sessions }) {
  const routes = Router();
  routes.post('/login', async (request, response) => {
    const user = readText(request.body, 'user', 64);
    const token = await sessions.open(user, readText(request.body, 'password', 100));
    if (token === undefined) throw new HttpError(401, 'wrong user or password');
    setSessionCookie(response, token);
    response.json({ user, token });
  });
  routes.post('/logout', sessions.require, async (request, response) => {
    await sessions.close(request.session.token);
    clearSessionCookie(response);
    response.status(204).end();
  });
  return routes;
}
