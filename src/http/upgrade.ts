import type { Duplex } from 'node:stream';
import { AnswerHead } from './answer-head.js';
import { CLIENT_CLOSED_REQUEST, type Exchange } from './exchange.js';
import { alike, findInherited, type Method } from '../hooks/method.js';
import { createPrivateField } from '../hooks/private-field.js';

const SWITCHING_PROTOCOLS = 101;
/** Encodings whose text reads as it is written. */
const PLAIN = /^(utf-?8|latin1|binary|ascii)$/i;

/**
 * Follows a request that leaves HTTP (`Upgrade`, `CONNECT`): there is no response object, the application writes the
 * status line to the socket itself, in as many pieces as it likes. The status line ends the exchange, and the head gets
 * the `X-Request-ID` that every answer has. A socket that closes before is an abort.
 * @param observeWebSocket Called with +1 when a WebSocket opens, -1 when it closes. Absent: the request is for none.
 */
export function followUpgrade(
  exchange: Exchange,
  socket: Duplex,
  observeWebSocket: ((change: 1 | -1) => void) | undefined,
): void {
  answers.put(socket, new UpgradeAnswer(exchange, observeWebSocket));
  standBefore(socket);
}

/** What is written to a socket, until its head is whole, and its end. */
class UpgradeAnswer {
  readonly #exchange: Exchange;
  readonly #observeWebSocket: ((change: 1 | -1) => void) | undefined;
  #head: AnswerHead | undefined;
  #isWriting = false;
  #isOpen = false;

  constructor(exchange: Exchange, observeWebSocket: ((change: 1 | -1) => void) | undefined) {
    this.#exchange = exchange;
    this.#observeWebSocket = observeWebSocket;
    this.#head = new AnswerHead(exchange);
  }

  /** Writes what is to be sent in place of the first argument. What is written within that was read already. */
  write(original: Method, socket: unknown, [first, ...rest]: readonly unknown[]): unknown {
    if (this.#head === undefined || this.#isWriting) return original.call(socket, first, ...rest);
    const chunk = decode(first, rest[0]);
    const sent = this.#read(chunk);
    this.#isWriting = true;
    try {
      return original.call(socket, sent === chunk ? first : sent, ...rest);
    } finally {
      this.#isWriting = false;
    }
  }

  /** Once: the socket is about to close. */
  close(): void {
    this.#exchange.end(CLIENT_CLOSED_REQUEST);
    if (this.#isOpen) this.#observeWebSocket?.(-1);
    this.#isOpen = false;
  }

  #read(chunk: unknown): unknown {
    const head = this.#head;
    if (head === undefined) return chunk;
    const wasKnown = head.status !== undefined;
    const sent = head.read(chunk);
    if (head.isComplete) this.#head = undefined;
    if (head.status !== undefined && !wasKnown) this.#begin(head.status);
    return sent;
  }

  #begin(status: number): void {
    this.#exchange.end(status);
    if (status !== SWITCHING_PROTOCOLS || this.#observeWebSocket === undefined) return;
    this.#isOpen = true;
    this.#observeWebSocket(1);
  }
}

/** The answers that sockets are followed for. */
const answers = createPrivateField<UpgradeAnswer>();

const WRAPPERS: Readonly<Record<string, (find: () => Method) => Method>> = {
  write: (find) =>
    function (...args) {
      const answer = answers.read(this);
      return answer === undefined ? find().apply(this, args) : answer.write(find(), this, args);
    },
  end: (find) =>
    function (...args) {
      const answer = answers.read(this);
      const [first] = args;
      const isRead = answer !== undefined && first !== undefined && first !== null && typeof first !== 'function';
      return isRead ? answer.write(find(), this, args) : find().apply(this, args);
    },
  // Every stream goes through this once when it ends. A listener would be one more than the application has put there.
  _destroy: (find) =>
    function (...args) {
      answers.read(this)?.close();
      return find().apply(this, args);
    },
};

const prototypes = new WeakMap<object, object>();

/**
 * Lets what is done to a socket pass through here: by a prototype in front of its own, so that the socket itself has
 * nothing more than before; a method that somebody has put on the socket already is replaced where it is. What is put
 * there later stands before ours, and calls it.
 */
function standBefore(socket: object): void {
  const above = Object.getPrototypeOf(socket) as object;
  let ours = prototypes.get(above);
  if (ours === undefined) prototypes.set(above, (ours = derive(above)));
  Object.setPrototypeOf(socket, ours);
  for (const [name, wrap] of Object.entries(WRAPPERS)) {
    const own = Object.getOwnPropertyDescriptor(socket, name);
    if (typeof own?.value !== 'function') continue;
    const original = own.value as Method;
    Object.defineProperty(socket, name, {
      ...own,
      value: alike(
        original,
        wrap(() => original),
      ),
    });
  }
}

function derive(above: object): object {
  const ours = Object.create(above) as Record<string, Method>;
  for (const [name, wrap] of Object.entries(WRAPPERS)) {
    const find = findInherited(ours, name);
    ours[name] = alike(find(), wrap(find));
  }
  return ours;
}

/** Text in another encoding than it reads in. */
function decode(chunk: unknown, encoding: unknown): unknown {
  if (typeof chunk !== 'string' || typeof encoding !== 'string') return chunk;
  return PLAIN.test(encoding) || !Buffer.isEncoding(encoding) ? chunk : Buffer.from(chunk, encoding);
}
