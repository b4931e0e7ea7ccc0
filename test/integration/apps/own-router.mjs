import { createServer } from 'node:http';
import { health, metrics, readHealth, readMetrics, setRoute } from 'barbossa-telemetry';
import sayLines from './say-lines.cjs';

/** A router of its own, without a framework, which says its routes by `setRoute`. */
const ROUTES = [
  ['GET', '/', () => 'home'],
  ['GET', '/items/:id', ({ id }) => ({ id })],
  ['POST', '/items', () => ({}), 201],
  ['GET', '/gone/:id', () => ({ error: 'it was here' }), 404],
  [
    'GET',
    '/throws/:id',
    () => {
      throw new Error('a route fails');
    },
  ],
  [
    'GET',
    '/hang/:id',
    () => {
      console.log('hanging');
      return new Promise(() => {});
    },
  ],
  ['GET', '/texts', async () => [await readMetrics(), await readHealth('/health/live')]],
  ['GET', '/jobs/:n', ({ n }) => sayLines(n)],
  ['GET', '/shops/:shop', () => 'shop'],
  ['GET', '/shops/:shop/items/:id', (params) => params],
].map(([method, template, handle, status = 200]) => {
  const pattern = new RegExp(`^${template.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
  return { method, template, pattern, handle, status };
});
const serveHealth = health();
const serveMetrics = metrics();

const server = createServer((request, response) => {
  serveHealth(request, response, () => serveMetrics(request, response, () => void serve(request, response)));
});

async function serve(request, response) {
  const path = request.url.split('?')[0];
  if (path.startsWith('/careless/')) setRoute(request, path);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = ROUTES.find((each) => each.method === method && each.pattern.test(path));
  if (route === undefined) return response.writeHead(404).end();
  setRoute(request, route.template);
  try {
    const body = await route.handle(route.pattern.exec(path).groups);
    response.writeHead(route.status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  } catch {
    response.writeHead(500).end();
  }
}

server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
