import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Answer } from './route.js';

/** Below this a compressed answer saves the scraper nothing that it would notice. */
const MIN_GZIP_BYTES = 8_192;

const compress = promisify(gzip);

/**
 * Sends an answer, compressed where it is large and the client takes gzip. HEAD gets the headers of GET. A client
 * that has not taken the answer after `sendMs` milliseconds is cut off. Never rejects.
 */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  sendMs: number,
): Promise<void> {
  if (answer.follow !== undefined) return followAnswer(request, response, answer, answer.follow);
  const { body, encoding } = await encodeBody(request, answer.body);
  // The client has gone: its 'close' has been, and would not clear the timer below.
  if (response.destroyed || request.socket.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), sendMs);
  timer.unref();
  response.once('close', () => clearTimeout(timer));
  response.writeHead(answer.status, {
    ...answer.headers,
    ...encoding,
    'content-type': answer.contentType,
    'content-length': body.length,
    ...PLAIN_HEADERS,
  });
  // Node leaves the body of an answer to HEAD out.
  response.end(body);
}

const PLAIN_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** An answer without an end of its own: what follows decides how long a client may be slow. */
function followAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, contentType, body }: Answer,
  follow: (response: ServerResponse) => void,
): void {
  if (response.destroyed || request.socket.destroyed) return;
  response.writeHead(status, { ...headers, 'content-type': contentType, ...PLAIN_HEADERS });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.write(body);
  follow(response);
}

interface EncodedBody {
  readonly body: Buffer;
  readonly encoding: OutgoingHttpHeaders;
}

async function encodeBody(request: IncomingMessage, text: string): Promise<EncodedBody> {
  const body = Buffer.from(text, 'utf8');
  if (body.length < MIN_GZIP_BYTES) return { body, encoding: {} };
  const vary = { vary: 'accept-encoding' };
  if (!takesGzip(request.headers['accept-encoding'])) return { body, encoding: vary };
  try {
    const packed = await compress(body, { level: constants.Z_BEST_SPEED });
    return { body: packed, encoding: { ...vary, 'content-encoding': 'gzip' } };
  } catch {
    // Out of memory, most likely. The plain text is as good an answer.
    return { body, encoding: vary };
  }
}

/** Whether an Accept-Encoding header names gzip, and not with the weight 0. */
function takesGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .toLowerCase()
    .split(',')
    .some((part) => {
      const [coding, ...parameters] = part.split(';').map((word) => word.trim());
      const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
      return (coding === 'gzip' || coding === 'x-gzip') && !refused;
    });
}
