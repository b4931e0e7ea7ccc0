/** Faults that no server can be made to show at will: an answer that gets lost, an Elasticsearch that refuses for a while. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address().port;
}

function closeAll(server) {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}

/**
 * Between application and collector. While `losing` is true the request goes through, and the connection is reset in place of
 * the collector's answer: the sender cannot know that its batch was stored.
 */
export async function startAnswerLoser(target) {
  const proxy = { losing: false, lost: 0 };
  const server = http.createServer((request, response) => {
    const { hostname, port } = new URL(target);
    const onward = http.request(
      { hostname, port, path: request.url, method: request.method, headers: request.headers },
      (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => {
          if (proxy.losing) {
            proxy.lost += 1;
            request.socket.resetAndDestroy();
            return;
          }
          response.writeHead(answer.statusCode, {
            'content-type': answer.headers['content-type'] ?? 'application/json',
          });
          response.end(Buffer.concat(chunks));
        });
      },
    );
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  });
  const port = await listen(server);
  return Object.assign(proxy, { url: `http://127.0.0.1:${port}`, close: () => closeAll(server) });
}

/** Between collector and Elasticsearch, with Elasticsearch's own certificate. While `status` is set it answers that. */
export async function startRefuser(elasticsearch) {
  const proxy = { status: undefined, refused: 0 };
  const certificates = path.join(elasticsearch.prepared, 'config/certs');
  const agent = new https.Agent({ keepAlive: true, ca: readFileSync(elasticsearch.caFile) });
  const options = {
    key: readFileSync(path.join(certificates, 'node.key')),
    cert: readFileSync(path.join(certificates, 'node.crt')),
  };
  const server = https.createServer(options, (request, response) => {
    if (proxy.status !== undefined) {
      proxy.refused += 1;
      request.resume();
      request.on('end', () =>
        response.writeHead(proxy.status, { 'content-type': 'application/json' }).end('{"error":"refused"}'),
      );
      return;
    }
    const target = new URL(request.url ?? '/', elasticsearch.url);
    const onward = https.request(target, { method: request.method, headers: request.headers, agent }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  });
  const port = await listen(server);
  const close = async () => {
    await closeAll(server);
    agent.destroy();
  };
  return Object.assign(proxy, { url: `https://127.0.0.1:${port}`, close });
}
