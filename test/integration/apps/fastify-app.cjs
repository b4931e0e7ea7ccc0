'use strict';
const sayLines = require('./say-lines.cjs');

/** Serves an instance of Fastify. */
module.exports = async function serveFastify(fastify, { health, metrics }) {
  fastify.get('/', async () => 'home');
  fastify.get('/items/:id', async (request) => ({ id: request.params.id }));
  fastify.post('/items', async (request, reply) => {
    reply.code(201);
    return request.body;
  });
  fastify.get('/gone/:id', async (request, reply) => {
    reply.code(404);
    return { error: 'it was here' };
  });
  fastify.get('/throws/:id', async () => {
    throw new Error('a route fails');
  });
  fastify.get('/hang/:id', (request, reply) => {
    console.log('hanging');
    reply.hijack();
  });
  fastify.get('/jobs/:n', async (request) => sayLines(request.params.n));
  fastify.register(
    async (shop) => {
      shop.get('/', async () => 'shop');
      shop.get('/items/:id', async (request) => request.params);
    },
    { prefix: '/shops/:shop' },
  );
  fastify.get('/health', health());
  fastify.get('/health/*', health());
  fastify.get('/metrics', metrics());
  console.log(`listening on ${await fastify.listen({ port: 0, host: '127.0.0.1' })}`);
};
