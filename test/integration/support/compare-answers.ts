import { expect } from 'vitest';
import type { RequestRow } from './express-requests.js';
import { converse } from './raw-http.js';

const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;

/** What differs between two runs of the same program: the clock, ids that it draws, and the hash of those. */
function mask(received: string): string {
  const masked = received.replace(/^Date: .*\r$/gm, 'Date: now\r').replace(UUID, '<uuid>');
  return masked.includes('<uuid>') ? masked.replace(/^ETag: .*\r$/gm, 'ETag: of an id\r') : masked;
}

/** An answer of an application under the preload, without the one header that the preload adds. */
export function removeRequestId(received: string): string {
  return received.replace(/^X-Request-ID: .*\r\n/gim, '');
}

/**
 * Puts the same requests to an application without and to one with the preload, in the same order. Each answer is the
 * same to the byte: status line, headers, their order and spelling, framing and body, all but `X-Request-ID`.
 */
export async function expectSameAnswers(plain: string, preloaded: string, rows: readonly RequestRow[]): Promise<void> {
  for (const { name, text } of rows) {
    const expected = await converse(plain, text);
    const received = removeRequestId(await converse(preloaded, text));
    // A URL that the program prints of itself names its port.
    const here = received.replaceAll(new URL(preloaded).host, new URL(plain).host);
    expect.soft(mask(here), name).toBe(mask(expected));
  }
}
