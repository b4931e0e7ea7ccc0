import express from 'express';
import addRoutes from './routes.cjs';
import serve from './serve.cjs';

const app = express();
app.get('/rejects', async () => {
  throw new Error('an async route fails');
});
addRoutes(app, express);
serve(app);
