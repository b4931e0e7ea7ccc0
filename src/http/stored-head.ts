import type { OutgoingMessage } from 'node:http';
import { alike, type Method } from '../hooks/method.js';
import { http } from '../node/http.js';

/** What Node keeps of a head that is to be sent: its text, up to the blank line. */
export interface StoredHead {
  _header: string | null;
}

/** Changes the head of a message, before any of it is sent. Must not throw. */
type Change = (message: OutgoingMessage & StoredHead) => void;

const changes: Change[] = [];

/**
 * Has `change` called with each head that Node has put together as text (`lib/_http_outgoing.js`). Node has checked, merged and
 * remembered the application's headers by then, as if nothing were added.
 * @returns False where this Node makes heads otherwise.
 */
export function changeHeads(change: Change): boolean {
  const prototype = http.OutgoingMessage.prototype as unknown as { _storeHeader?: Method };
  const original = prototype._storeHeader;
  if (typeof original !== 'function') return false;
  changes.push(change);
  if (changes.length > 1) return true;
  prototype._storeHeader = alike(original, function storeHeader(this: unknown, ...args: unknown[]) {
    const message = this as OutgoingMessage & StoredHead;
    if (hasExpect(args[1])) return storeAndSend(message, original, args);
    const result = original.apply(message, args);
    for (const each of changes) each(message);
    return result;
  });
  return true;
}

/** `Expect` makes Node send the head as soon as it is stored: it is changed in between. */
function storeAndSend(message: OutgoingMessage & StoredHead, original: Method, args: unknown[]): unknown {
  const sending = message as unknown as { _send?: Method };
  const own = Object.getOwnPropertyDescriptor(sending, '_send');
  const state = { isChanged: false };
  const restore = (): void => {
    if (own === undefined) delete sending._send;
    else Object.defineProperty(sending, '_send', own);
  };
  const change = (): void => {
    if (state.isChanged) return;
    state.isChanged = true;
    restore();
    for (const each of changes) each(message);
  };
  const value = (...sent: unknown[]): unknown => {
    change();
    return sending._send?.(...sent);
  };
  Object.defineProperty(sending, '_send', { value, configurable: true });
  try {
    const result = original.apply(message, args);
    change();
    return result;
  } finally {
    if (!state.isChanged) restore();
  }
}

/** Headers are an object of them, pairs, or names and values in turn. */
function hasExpect(headers: unknown): boolean {
  if (typeof headers !== 'object' || headers === null) return false;
  if (Array.isArray(headers)) return headers.some((each: unknown) => isExpect(Array.isArray(each) ? each[0] : each));
  // Asked for each head: no list of the names is made.
  for (const name in headers) if (isExpect(name)) return true;
  return false;
}

function isExpect(name: unknown): boolean {
  return typeof name === 'string' && name.length === 6 && name.toLowerCase() === 'expect';
}
