import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface Json {
  [key: string]: unknown;
}

/** What setup.js asks of Elasticsearch, ILM with it: the server that tests run has none. */
export class ElasticsearchDouble {
  readonly stored = new Map<string, Json>();
  /** Each request as `PUT /_ilm/policy/barbossa-logs`. */
  readonly requests: string[] = [];
  /** Statuses of the first health checks. */
  unready: number[] = [];
  /** Indices that are there, besides what is stored. */
  indices: string[] = [];
  url = '';

  static async start(): Promise<ElasticsearchDouble> {
    const double = new ElasticsearchDouble();
    const server = createServer((request, response) => void double.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    double.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return double;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    this.requests.push(`${request.method} ${path}`);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const [status, body] = this.#decide(request.method ?? '', path, text);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #decide(method: string, path: string, text: string): [status: number, body: Json] {
    if (path.startsWith('/_cluster/health')) return [this.unready.shift() ?? 200, { status: 'yellow' }];
    if (path.startsWith('/_index_template/_simulate_index/')) {
      const name = path.includes('/logs-') ? 'barbossa-log-streams' : 'barbossa-logs';
      return [200, { template: this.stored.get(`/_index_template/${name}`)?.['template'] }];
    }
    if (path.startsWith('/_resolve/index/')) {
      const name = path.slice('/_resolve/index/'.length);
      return [
        200,
        { indices: this.indices.filter((index) => index === name).map((index) => ({ name: index })), aliases: [] },
      ];
    }
    if (path.endsWith('/_mapping')) return [200, {}];
    if (method === 'PUT') {
      this.stored.set(path, JSON.parse(text) as Json);
      return [200, { acknowledged: true }];
    }
    const found = this.stored.get(path);
    if (found === undefined) return [404, { error: 'not found' }];
    if (path.startsWith('/_ilm/')) return [200, { [path.slice('/_ilm/policy/'.length)]: { version: 1, ...found } }];
    return [200, { index_templates: [{ name: path.slice('/_index_template/'.length), index_template: found }] }];
  }
}
