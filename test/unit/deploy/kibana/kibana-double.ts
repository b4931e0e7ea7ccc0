import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface Imported {
  readonly id: string;
  readonly type: string;
  readonly attributes: { readonly title: string };
  readonly references: readonly { readonly type: string; readonly id: string }[];
}

type Answer = readonly [status: number, body: unknown];

/**
 * The part of Kibana's API that setup.js asks, as its documentation and source tell it: an import answers 200 whether or
 * not it has imported anything. The real one is in no registry.
 */
export class KibanaDouble {
  /** By `type id`. */
  readonly stored = new Map<string, Imported>();
  /** Each request as `GET /api/status`. */
  readonly requests: string[] = [];
  /** Answers to the first requests for the status. */
  unready: Answer[] = [];
  /** What an import answers instead, after it has done its work. */
  importAnswer: Answer | undefined;
  /** Credentials that it asks for. */
  auth: string | undefined;
  url = '';

  static async start(): Promise<KibanaDouble> {
    const double = new KibanaDouble();
    const server = createServer((request, response) => void double.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    double.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return double;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method} ${request.url}`);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const [status, body] = this.#decide(request, text);
    const isText = typeof body === 'string';
    response
      .writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' })
      .end(isText ? body : JSON.stringify(body));
  }

  #decide({ method, url = '', headers }: IncomingMessage, text: string): Answer {
    if (this.auth !== undefined && headers.authorization !== `Basic ${btoa(this.auth)}`) {
      return [401, { statusCode: 401, error: 'Unauthorized', message: 'missing authentication credentials' }];
    }
    if (url === '/api/status') return this.unready.shift() ?? [200, { status: { overall: { level: 'available' } } }];
    if (method === 'POST' && headers['kbn-xsrf'] === undefined) {
      return [400, { statusCode: 400, message: 'Request must contain a kbn-xsrf header.' }];
    }
    if (url === '/api/saved_objects/_import?overwrite=true') {
      const answer = this.#import(readFile(headers['content-type'] ?? '', text));
      return this.importAnswer ?? answer;
    }
    const id = /^\/api\/data_views\/data_view\/(.+)$/.exec(url)?.[1];
    const view = this.stored.get(`index-pattern ${id}`);
    if (view !== undefined) return [200, { data_view: { id, title: view.attributes.title } }];
    return [404, { statusCode: 404, error: 'Not Found', message: `Saved object [index-pattern/${id}] not found` }];
  }

  #import(objects: readonly Imported[]): Answer {
    const there = new Set([...this.stored.keys(), ...objects.map(({ type, id }) => `${type} ${id}`)]);
    const errors = objects.flatMap(({ type, id, references }) => {
      const missing = references.filter((reference) => !there.has(`${reference.type} ${reference.id}`));
      return missing.length === 0 ? [] : [{ type, id, error: { type: 'missing_references', references: missing } }];
    });
    const failed = new Set(errors.map(({ type, id }) => `${type} ${id}`));
    const taken = objects.filter(({ type, id }) => !failed.has(`${type} ${id}`));
    for (const object of taken) this.stored.set(`${object.type} ${object.id}`, object);
    return errors.length === 0
      ? [200, { success: true, successCount: taken.length, warnings: [] }]
      : [200, { success: false, successCount: taken.length, errors, warnings: [] }];
  }
}

/** The lines of the one file of a form. */
function readFile(type: string, text: string): Imported[] {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(type)?.[1];
  if (boundary === undefined) throw new TypeError(`not a form: ${type}`);
  const [, part = '', end] = text.split(`--${boundary}`);
  if (end !== '--\r\n') throw new TypeError('the form does not end');
  const [head = '', ...rest] = part.split('\r\n\r\n');
  if (!/name="file"; filename="[\w.]+\.ndjson"/.test(head)) throw new TypeError(`no file: ${head}`);
  const lines = rest.join('\r\n\r\n').replace(/\r\n$/, '').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Imported);
}
