'use strict';
// `mounts.cjs NAME`: the Express that goes by this name, with routers that change where they are.
const express = require(process.argv[2]);

const app = express();
const answer = (request, response) => response.send(request.baseUrl + request.url);
const original = (request, response, next) => {
  request.url = request.originalUrl;
  next();
};
const router = (...handlers) => handlers.reduce((made, handler) => made.use(handler), express.Router());

// As verdaccio does: its routes name the whole path.
const whole = express.Router().get('/-/whole/data/:name', answer);
app.use('/-/whole', router(original, whole));
// The same, below routers that are mounted in turn.
const outer = express.Router();
const inner = express.Router();
inner.use(original);
inner.get('/outer/inner/deep/:id', answer);
inner.use('/outer/inner', express.Router().get('/again/:id', answer));
outer.use('/inner', inner);
app.use('/outer', outer);
// Back by one router only.
const back = express.Router();
back.use((request, response, next) => {
  request.url = `/two${request.url}`;
  next();
});
back.get('/two/:id', answer);
app.use('/one', express.Router().use('/two', back));
// A path that is another one before a router sees it.
app.use((request, response, next) => {
  if (request.url.startsWith('/short/')) request.url = `/v2${request.url}`;
  next();
});
app.use('/v2', express.Router().get('/short/:id', answer));
// A router that gives its request to the whole application again.
app.use('/again', (request, response, next) => {
  if (request.url.startsWith('/from/')) {
    request.url = '/again/to/7';
    return app(request, response, next);
  }
  next();
});
app.use('/again', express.Router().get('/to/:id', answer));
// A router within itself, a regular expression and a list.
const tree = express.Router();
tree.get('/leaf', answer);
tree.use('/branch', tree);
app.use('/tree', tree);
app.use(/^\/number\d/, router(original, express.Router().get('/number7/x/:id', answer)));
app.use(['/left', '/right'], router(original, express.Router().get('/right/:id', answer)));
app.use('/:tenant/area', router(original, express.Router().get('/:tenant/area/:id', answer)));
// Put back for a while only.
app.use(
  '/kept',
  express
    .Router()
    .use((request, response, next) => {
      const { url } = request;
      request.url = request.originalUrl;
      setImmediate(() => {
        request.url = url;
        next();
      });
    })
    .get('/:id', answer),
);

const server = app.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
