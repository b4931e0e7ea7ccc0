import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, constants, unzip } from 'node:zlib';
import { describeError, warnOnce } from '../diagnostics/diag.js';

const MAX_ANSWER_BYTES = 1_048_576;
const BRACE = 0x7b;
const decompress = promisify(unzip);
const decompressBrotli = promisify(brotliDecompress);

/**
 * The text of an answer: as it is, or, where it is protobuf, as the same answer would be in JSON. So there is one judge for
 * both. Of an error it is the message alone. What cannot be read is no text. A longer answer is cut after 1 MiB, and its
 * connection ended.
 * @throws where the connection ends before the answer does.
 */
export async function readAnswer(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > MAX_ANSWER_BYTES) break;
  }
  const bytes = await decode(response, Buffer.concat(chunks));
  return readText(response, bytes.subarray(0, MAX_ANSWER_BYTES));
}

/** Nobody asked for a coding; a proxy may use one all the same (RFC 9110, 8.4). */
async function decode({ headers }: IncomingMessage, bytes: Buffer): Promise<Buffer> {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  // JSON is no coding, whatever the head says.
  const isPlain = coding === '' || coding === 'identity' || (coding !== 'br' && bytes[0] === BRACE);
  if (isPlain || bytes.length === 0) return bytes;
  const options = { maxOutputLength: MAX_ANSWER_BYTES };
  try {
    if (coding === 'br') return await decompressBrotli(bytes, options);
    if (!['gzip', 'x-gzip', 'deflate'].includes(coding)) throw new Error('the coding is not known');
    // One that is cut has a beginning all the same.
    return await decompress(bytes, { ...options, finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    warnUnread(`it is encoded with ${JSON.stringify(coding.slice(0, 40))}: ${describeError(error)}`);
    return Buffer.alloc(0);
  }
}

function warnUnread(why: string): void {
  warnOnce(
    'log-answer',
    `an answer of the server for log records cannot be read (${why}); records that it refused in it are not counted`,
  );
}

function readText(response: IncomingMessage, bytes: Buffer): string {
  if (!/\bprotobuf\b/i.test(response.headers['content-type'] ?? '')) return bytes.toString().replace(/^\uFEFF/, '');
  try {
    const status = response.statusCode ?? 0;
    return status >= 200 && status < 300 ? readResponse(bytes) : readStatusMessage(bytes);
  } catch {
    if (bytes.length >= MAX_ANSWER_BYTES) warnUnread('it is too long');
    return '';
  }
}

/** What an answer of success says of records that are refused in it. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly reason: string;
}

/** https://opentelemetry.io/docs/specs/otlp/#partial-success: what was refused must not be sent again. */
export function readPartialSuccess(text: string): PartialSuccess {
  try {
    const { partialSuccess } = JSON.parse(text) as {
      partialSuccess?: { rejectedLogRecords?: unknown; errorMessage?: unknown };
    };
    const message = partialSuccess?.errorMessage;
    return {
      rejected: readCount(partialSuccess?.rejectedLogRecords),
      reason: typeof message === 'string' ? message.slice(0, 200) : '',
    };
  } catch {
    return readCut(text);
  }
}

/** Not JSON: the status says that all is well. Or the beginning of it, which has the count before a long message. */
function readCut(text: string): PartialSuccess {
  const nothing = { rejected: 0, reason: '' };
  if (!text.trimStart().startsWith('{') || !text.includes('"partialSuccess"')) return nothing;
  const [, digits] = /^\s*\{\s*"partialSuccess"\s*:\s*\{\s*"rejectedLogRecords"\s*:\s*"?(\d+)/.exec(text) ?? [];
  if (digits === undefined) warnUnread('it is too long, or cut');
  return { ...nothing, rejected: readCount(digits) };
}

/** int64 is text in protobuf's JSON. What is no count is none. */
function readCount(value: unknown): number {
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** ExportLogsServiceResponse: field 1 is its partial success, of which 1 is how many were rejected and 2 why. */
function readResponse(bytes: Buffer): string {
  const partial = readFields(bytes).get(1);
  if (!Buffer.isBuffer(partial)) return '{}';
  const fields = readFields(partial);
  const rejected = fields.get(1);
  const message = fields.get(2);
  return JSON.stringify({
    partialSuccess: {
      rejectedLogRecords: typeof rejected === 'bigint' ? String(BigInt.asIntN(64, rejected)) : '0',
      errorMessage: Buffer.isBuffer(message) ? message.toString() : '',
    },
  });
}

/** google.rpc.Status: field 2 is its message. */
function readStatusMessage(bytes: Buffer): string {
  const message = readFields(bytes).get(2);
  return Buffer.isBuffer(message) ? message.toString() : '';
}

/** The fields of a message that have a length or are whole numbers; of several the last one, as protobuf wants it. */
function readFields(bytes: Buffer): Map<number, bigint | Buffer> {
  const fields = new Map<number, bigint | Buffer>();
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number is longer than 64 bits');
  };
  while (at < bytes.length) {
    const tag = Number(readVarint());
    const field = tag >>> 3;
    switch (tag & 7) {
      case 0:
        fields.set(field, readVarint());
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = Number(readVarint());
        if (at + length > bytes.length) throw new RangeError('a field is longer than its message');
        fields.set(field, bytes.subarray(at, at + length));
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError('no wire type of protobuf');
    }
  }
  return fields;
}
