import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A value of OTLP's JSON, as far as the tests look. */
interface AnyValue {
  readonly stringValue?: string;
}

interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}

/** A log record that the gateway was sent, and of which resource. */
export interface SentRecord {
  readonly body: string | undefined;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly resource: Readonly<Record<string, string | undefined>>;
}

interface Payload {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly Attribute[] };
    readonly scopeLogs?: readonly {
      readonly logRecords?: readonly { readonly body?: AnyValue; readonly attributes?: readonly Attribute[] }[];
    }[];
  }[];
}

/** Stands in for the gateway: answers as it is told, which no real one can be made to. */
export class GatewayDouble {
  /** Of what was answered with 200. */
  readonly taken: SentRecord[] = [];
  /** The login of each request. */
  readonly logins: (string | undefined)[] = [];
  /** What the next requests are answered with, one each. Default: 200. */
  readonly answers: number[] = [];
  readonly #server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const status = this.answers.shift() ?? 200;
      this.logins.push(request.headers.authorization);
      if (status === 200) this.taken.push(...listRecords(JSON.parse(text) as Payload));
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });

  /** Listens on a free port. @returns Its address. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function listRecords({ resourceLogs = [] }: Payload): SentRecord[] {
  return resourceLogs.flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ logRecords = [] }) =>
      logRecords.map(({ body, attributes }) => ({
        body: body?.stringValue,
        attributes: toMap(attributes),
        resource: toMap(resource?.attributes),
      })),
    ),
  );
}

function toMap(attributes: readonly Attribute[] = []): Record<string, string | undefined> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}
