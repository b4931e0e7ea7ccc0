'use strict';
const sayLines = require('./say-lines.cjs');

/** Serves an application of Hono on Node. */
module.exports = function serveHono(Hono, serve, { health, metrics }) {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('x-served-by', 'hono');
  });
  app.use(health());
  app.get('/metrics', metrics());

  app.get('/', (c) => c.text('home'));
  app.get('/items/:id', (c) => c.json({ id: c.req.param('id') }));
  app.post('/items', async (c) => c.json(await c.req.json(), 201));
  app.get('/gone/:id', (c) => c.json({ error: 'it was here' }, 404));
  app.get('/throws/:id', () => {
    throw new Error('a route fails');
  });
  app.onError((error, c) => c.json({ error: 'sorry' }, 500));
  app.get('/hang/:id', () => {
    console.log('hanging');
    return new Promise(() => {});
  });
  app.get('/jobs/:n', async (c) => c.json(await sayLines(c.req.param('n'))));

  const shop = new Hono();
  shop.get('/', (c) => c.text('shop'));
  shop.get('/items/:id', (c) => c.json(c.req.param()));
  app.route('/shops/:shop', shop);
  serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
    console.log(`listening on http://127.0.0.1:${port}`),
  );
};
