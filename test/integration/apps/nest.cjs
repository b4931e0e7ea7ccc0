'use strict';
require('reflect-metadata');
const { Controller, Get, Module, NotFoundException, Param, Post } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const sayLines = require('./say-lines.cjs');

/** As the compiler writes `@Get(path) name(@Param() params)`. */
function route(type, name, decorate) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  Param()(type.prototype, name, 0);
  decorate(type.prototype, name, descriptor);
}

class ItemsController {
  home() {
    return 'home';
  }
  item({ id }) {
    return { id };
  }
  add() {
    return {};
  }
  gone() {
    throw new NotFoundException('it was here');
  }
  throws() {
    throw new Error('a route fails');
  }
  hang() {
    console.log('hanging');
    return new Promise(() => {});
  }
  job({ n }) {
    return sayLines(n);
  }
}
route(ItemsController, 'home', Get());
route(ItemsController, 'item', Get('items/:id'));
route(ItemsController, 'add', Post('items'));
route(ItemsController, 'gone', Get('gone/:id'));
route(ItemsController, 'throws', Get('throws/:id'));
route(ItemsController, 'hang', Get('hang/:id'));
route(ItemsController, 'job', Get('jobs/:n'));
Controller()(ItemsController);

class ShopsController {
  shop() {
    return 'shop';
  }
  item(params) {
    return params;
  }
}
route(ShopsController, 'shop', Get());
route(ShopsController, 'item', Get('items/:id'));
Controller('shops/:shop')(ShopsController);

class AppModule {}
Module({ controllers: [ItemsController, ShopsController] })(AppModule);

async function main() {
  const { health, metrics } = await import('barbossa-telemetry');
  const isFastify = process.env.ADAPTER === 'fastify';
  const adapter = isFastify ? new (require('@nestjs/platform-fastify').FastifyAdapter)() : undefined;
  const app = await NestFactory.create(AppModule, ...(adapter === undefined ? [] : [adapter]), { logger: false });
  const server = app.getHttpAdapter().getInstance();
  if (isFastify) {
    server.get('/health', health());
    server.get('/health/*', health());
    server.get('/metrics', metrics());
  } else {
    app.use(health());
    app.use(metrics());
  }
  await app.listen(0, '127.0.0.1');
  console.log(`listening on ${await app.getUrl()}`);
}
void main();
