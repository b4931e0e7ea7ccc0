'use strict';
const sayLines = require('./say-lines.cjs');

/** Serves an application of Koa with @koa/router. */
module.exports = function serveKoa(Koa, Router, { health, metrics }) {
  const app = new Koa();
  // It would print what a route throws.
  app.silent = true;
  app.use(health());
  app.use(metrics());

  const router = new Router();
  router.get('/', (ctx) => void (ctx.body = 'home'));
  router.get('/items/:id', (ctx) => void (ctx.body = { id: ctx.params.id }));
  router.post('/items', (ctx) => {
    ctx.status = 201;
    ctx.body = {};
  });
  router.get('/gone/:id', (ctx) => {
    ctx.status = 404;
    ctx.body = { error: 'it was here' };
  });
  router.get('/throws/:id', () => {
    throw new Error('a route fails');
  });
  router.get('/hang/:id', () => {
    console.log('hanging');
    return new Promise(() => {});
  });
  router.get('/jobs/:n', async (ctx) => void (ctx.body = await sayLines(ctx.params.n)));

  const shop = new Router({ prefix: '/shops/:shop' });
  shop.get('/', (ctx) => void (ctx.body = 'shop'));
  shop.get('/items/:id', (ctx) => void (ctx.body = ctx.params));

  app.use(router.routes()).use(router.allowedMethods());
  app.use(shop.routes());
  const server = app.listen(0, '127.0.0.1', () =>
    console.log(`listening on http://127.0.0.1:${server.address().port}`),
  );
};
