/** Faults that no server can be made to show at will: an answer that gets lost, an Elasticsearch that refuses for a while. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzip = promisify(gunzip);

async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address().port;
}

/** Of a request in OTLP's JSON encoding. */
function countRecords(text) {
  return text.split('"timeUnixNano"').length - 1;
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
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

/**
 * Between application and collector: dislikes a text, as a firewall for web applications does. While `disliked` is set, a
 * request that contains it is answered 500, or with `resets` by a reset of its connection. `taken` counts the records of the
 * others.
 */
export async function startDisliker(target, { resets }) {
  const proxy = { disliked: undefined, refused: 0, taken: 0 };
  const { hostname, port: targetPort } = new URL(target);
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer(async (request, response) => {
    try {
      const body = await readBody(request);
      const text = request.headers['content-encoding'] === 'gzip' ? await unzip(body) : body;
      if (proxy.disliked !== undefined && text.includes(proxy.disliked)) {
        proxy.refused += 1;
        if (resets) request.socket.resetAndDestroy();
        else response.writeHead(500).end('I do not like this');
        return;
      }
      const onward = http.request(
        { hostname, port: targetPort, path: request.url, method: request.method, headers: request.headers, agent },
        (answer) => {
          if (answer.statusCode === 200) proxy.taken += countRecords(text.toString());
          response.writeHead(answer.statusCode, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on('error', () => request.socket.destroy());
      onward.end(body);
    } catch {
      // Cut off by its sender.
      request.socket.destroy();
    }
  });
  const port = await listen(server);
  const close = async () => {
    await closeAll(server);
    agent.destroy();
  };
  return Object.assign(proxy, { url: `http://127.0.0.1:${port}`, close });
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
