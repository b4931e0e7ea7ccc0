import { get } from 'node:http';
import express from 'express';
import winston from 'winston';

const log = winston.createLogger({ transports: [new winston.transports.Console({ format: winston.format.json() })] });
const app = express();
app.use(express.json());

// The one that is called answers with the headers that it got.
app.get('/http/:name', (request, response) => {
  get(new URL(request.originalUrl, 'http://a').searchParams.get('to'), async (answer) => {
    const chunks = await answer.toArray();
    log.info('called with http');
    response.json(JSON.parse(Buffer.concat(chunks).toString()));
  });
});
app.get('/fetch/:name', async (request, response) => {
  const answer = await fetch(new URL(request.originalUrl, 'http://a').searchParams.get('to'));
  log.info('called with fetch');
  response.json(await answer.json());
});
app.get('/throws', () => {
  throw new Error('a route fails');
});

const server = app.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
