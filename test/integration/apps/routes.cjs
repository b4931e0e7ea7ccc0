'use strict';
/** What the Express applications of the tests have in common: every way in which a route is found, or is not. */
module.exports = function addRoutes(app, express) {
  app.disable('x-powered-by');

  app.use('/private', (request, response) => void response.status(401).json({ error: 'who are you?' }));
  app.use('/broken', () => {
    throw new Error('a middleware fails');
  });

  app.get('/', (request, response) => void response.send('home'));
  app.get('/items/:id', (request, response) => void response.json({ id: request.params.id }));
  app.post('/items', express.json(), (request, response) => void response.status(201).json(request.body));
  app.route('/both').get(answer).put(answer);
  app.all('/all', answer);
  app.get(['/one', '/two/:id'], answer);
  app.get(/^\/number\/(\d+)$/, answer);
  app.get('/redirect', (request, response) => void response.redirect('/items/1'));
  app.get('/empty', (request, response) => void response.status(204).end());
  app.get('/cached', (request, response) => void response.set('ETag', '"1"').send('as it was'));
  app.get('/cookies', (request, response) => void response.cookie('a', '1').cookie('b', '2').send('two cookies'));

  app.get('/skip/:id', (request, response, next) => next('route'));
  app.get('/skip/last', answer);
  app.get('/pass/:id', (request, response, next) => next());
  app.get('/rendered/:id', (request, response, next) => {
    response.locals.page = `page ${request.params.id}`;
    next();
  });

  app.get('/throws', () => {
    throw new Error('a route fails');
  });
  app.get('/teapot', (request, response, next) => next(Object.assign(new Error('short and stout'), { status: 418 })));
  app.get('/handled', (request, response, next) => next(new Error('handled by the application')));

  addSlowRoutes(app);
  app.use('/shops/:shop', createShopRouter(express));
  app.use('/admin', createSubApplication(express));

  // Sends what a route has prepared.
  app.use((request, response, next) => {
    if (response.locals.page === undefined) next();
    else response.send(response.locals.page);
  });
  // Express knows an error handler by its four parameters.
  app.use((error, request, response, next) => {
    if (error.message !== 'handled by the application') return next(error);
    response.status(503).json({ error: error.message });
  });
};

function answer(request, response) {
  response.json({ method: request.method, url: request.originalUrl, params: request.params });
}

function addSlowRoutes(app) {
  // The tests wait for these lines, and know that the request has arrived.
  app.get('/hang', () => console.log('hanging'));
  app.get('/drip', (request, response) => {
    response.write('first');
    console.log('dripping');
  });
  app.post('/upload', (request, response) => {
    console.log('uploading');
    request.resume().on('end', () => response.send('all of it'));
  });
  app.get('/stream', async (request, response) => {
    for (const part of ['a', 'b', 'c']) {
      response.write(part);
      await new Promise(setImmediate);
    }
    response.end('d');
  });
}

function createShopRouter(express) {
  const shops = express.Router({ mergeParams: true });
  shops.get('/', answer);
  shops.get('/items/:id', answer);
  shops.get('/leave', (request, response, next) => next('router'));
  const deeper = express.Router();
  deeper.get('/:leaf', answer);
  deeper.get('/fails/here', () => {
    throw new Error('deep down');
  });
  shops.use('/a', express.Router().use('/b', deeper));
  return shops;
}

function createSubApplication(express) {
  const sub = express();
  sub.disable('x-powered-by');
  sub.get('/users/:id', answer);
  return sub;
}
