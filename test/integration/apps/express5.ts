import express, { type Request, type Response } from 'express';
import addRoutes from './routes.cjs';
import serve from './serve.cjs';

const app = express();
app.get('/rejects', async (_request: Request, _response: Response): Promise<void> => {
  await Promise.reject(new Error('an async route fails'));
});
addRoutes(app, express);
serve(app);
