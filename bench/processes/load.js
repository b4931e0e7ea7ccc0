/**
 * Sends a fixed number of GET requests over keep-alive connections, one in flight on each, and checks each answer.
 * Plain sockets: node:http's client would cost more than the server that is measured.
 */
import { connect } from 'node:net';

const CONNECTIONS = 10;
const TRACKS = 1_000;

process.on('message', async ({ id, port, requests }) => {
  try {
    let sent = 0;
    const takeNext = () => (sent < requests ? sent++ : undefined);
    const answered = await Promise.all(Array.from({ length: CONNECTIONS }, () => drive(port, takeNext)));
    process.send({ kind: 'answer', id, answered: answered.reduce((sum, count) => sum + count, 0) });
  } catch (error) {
    process.send({ kind: 'answer', id, error: error.message });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ kind: 'ready' });

/** Drives one connection until there is nothing left to send. The number of right answers. */
function drive(port, takeNext) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let answered = 0;
    let received = '';
    let track;
    const sendNext = () => {
      const next = takeNext();
      if (next === undefined) return socket.end(() => resolve(answered));
      track = String(next % TRACKS);
      socket.write(
        `GET /api/tracks/${track} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`,
      );
    };
    socket.setEncoding('latin1');
    socket.on('connect', sendNext);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the application closed a connection')));
    socket.on('data', (chunk) => {
      received += String(chunk);
      const body = completeBody(received);
      if (body === undefined) return;
      if (!received.startsWith('HTTP/1.1 200 ') || !body.startsWith(`{"id":"${track}",`)) {
        return socket.destroy(new Error(`a wrong answer to /api/tracks/${track}: ${received.slice(0, 300)}`));
      }
      received = '';
      answered += 1;
      sendNext();
    });
  });
}

/** The body, once all of it has come. */
function completeBody(received) {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(received)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${received.slice(0, 300)}`);
  const body = received.slice(headEnd + 4);
  return body.length >= Number(length) ? body : undefined;
}
