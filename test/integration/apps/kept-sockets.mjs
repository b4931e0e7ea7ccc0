// Two requests at a time share one kept connection; what listens to their answers writes log lines.
import { Agent, createServer, request as makeRequest } from 'node:http';
import winston from 'winston';

const log = winston.createLogger({ transports: [new winston.transports.Console({ format: winston.format.json() })] });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url, 'http://a');
  const [to, name] = [searchParams.get('to'), searchParams.get('name')];
  const call = makeRequest(to, { agent });
  const say = (event) => log.info('heard', { event, name, reused: call.reusedSocket, port: call.socket.localPort });
  call.on('socket', () => say('socket'));
  call.on('finish', () => say('finish'));
  call.on('response', (answer) => {
    say('response');
    answer.on('data', () => say('data'));
    answer.on('end', () => say('end'));
    answer.on('close', () => say('answer closed'));
  });
  call.on('close', () => {
    say('close');
    response.end();
  });
  call.end();
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
