import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { createSelfSigned } from '../integration/support/self-signed.js';

/** A mail as a person reads it. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly wasEncrypted: boolean;
}

/** A mail server that wants TLS and a password, for the running test. */
export async function serveMail({ user, password }: { readonly user: string; readonly password: string }) {
  const { key, cert } = createSelfSigned();
  const mails: Mail[] = [];
  const server = new SMTPServer({
    key,
    cert,
    authMethods: ['PLAIN', 'LOGIN'],
    onAuth: (auth, session, done) => {
      if (session.secure && auth.username === user && auth.password === password) return done(null, { user });
      return done(new Error('wrong user or password'));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          ...readMail(Buffer.concat(chunks).toString('utf8')),
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          wasEncrypted: session.secure,
        });
        done();
      });
    },
  });
  // A client that does not trust the certificate ends the connection.
  server.on('error', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = server.server.address() as AddressInfo;
  return { smarthost: `127.0.0.1:${port}`, cert, mails };
}

/** Subject and both bodies of a message with multipart/alternative (RFC 2046). */
function readMail(message: string): Pick<Mail, 'subject' | 'text' | 'html'> {
  const [head = '', ...rest] = message.split('\r\n\r\n');
  const boundary = /boundary="?([^"\r\n;]+)/.exec(head)?.[1] ?? '';
  const parts = rest.join('\r\n\r\n').split(`--${boundary}`);
  return {
    subject: readHeader(head, 'Subject'),
    text: readPart(parts, 'text/plain'),
    html: readPart(parts, 'text/html'),
  };
}

function readHeader(head: string, name: string): string {
  const line = head.split('\r\n').find((text) => text.startsWith(`${name}: `)) ?? '';
  const value = line.slice(name.length + 2);
  return value.replaceAll(/=\?utf-8\?q\?([^?]*)\?=/gi, (_, text: string) => decode(text.replaceAll('_', ' ')));
}

function readPart(parts: readonly string[], type: string): string {
  const part = parts.find((text) => text.includes(`Content-Type: ${type}`)) ?? '';
  return decode(part.split('\r\n\r\n').slice(1).join('\r\n\r\n')).replaceAll('\r\n', '\n');
}

/** Quoted-printable (RFC 2045). */
function decode(text: string): string {
  const bytes = text
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/[^ -~\r\n\t]/gu, (char) => encodeURIComponent(char).replaceAll('%', '='))
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** A web server that takes what is posted to it, for the running test: Slack's incoming webhook, or any other. */
export async function serveWebhook() {
  const bodies: unknown[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      bodies.push(JSON.parse(body));
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, bodies };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
