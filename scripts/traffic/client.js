import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const ANSWER_DEADLINE_MS = 30_000;
/** Shorter than the 5 s after which Node's server closes an idle connection: a request must not meet its end. */
const IDLE_MS = 2_000;
const WATCH_MS = 2_000;

/** Sends requests to one server. */
export class Client {
  #url;
  #agent;

  constructor(url, maxSockets) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets, timeout: IDLE_MS });
  }

  /** Whether somebody listens, found out without a request. Rejects with the reason where nobody does. */
  probe() {
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(this.#url.port || 80) }, () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', reject);
    });
  }

  /** Sends a request and reads the answer: `{ status, body }`. */
  async send({ method, path, headers, body }) {
    const sent = this.#open({ method, path, headers, agent: this.#agent });
    const answered = readAnswer(sent);
    sent.end(body);
    return answered;
  }

  /**
   * Sends a request and goes away before the answer, which must be `slowMs` away. The request is on its way: bytes that
   * the kernel has taken reach the server before the end of the connection does.
   */
  async abortBeforeAnswer({ method, path, headers }, { afterMs }) {
    const sent = this.#open({ method, path, headers, agent: false });
    const answered = readAnswer(sent);
    sent.end();
    await Promise.race([once(sent, 'finish'), answered]);
    const answer = await Promise.race([answered, sleep(afterMs)]);
    return answer ?? giveUp(sent, answered);
  }

  /**
   * Sends a request and goes away once the answer has begun. An answer of which less than half of its time is left is read
   * to its end instead: nobody could say whether the server had sent it all.
   */
  async abortDuringAnswer({ method, path, headers }, { slowMs }) {
    const startedAt = performance.now();
    const sent = this.#open({ method, path, headers, agent: false });
    const answered = readAnswer(sent);
    sent.end();
    const begun = new Promise((resolve) => {
      sent.once('response', (response) => response.once('data', resolve));
    });
    await Promise.race([begun, answered]);
    return performance.now() - startedAt < slowMs / 2 ? giveUp(sent, answered) : answered;
  }

  /** Sends a request with half of its body, and goes away. */
  async abortDuringUpload({ method, path, headers, body }) {
    const length = Buffer.byteLength(body);
    const sent = this.#open({ method, path, headers: { ...headers, 'content-length': length }, agent: false });
    const answered = readAnswer(sent);
    const written = new Promise((resolve, reject) => {
      sent.write(body.slice(0, body.length / 2), (error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([written, answered]);
    return giveUp(sent, answered);
  }

  /** Opens a WebSocket: its status, 101 where it opened, and `watched`, which ends when it has been closed again. */
  watch({ path }, onMessage) {
    const socket = new WebSocket(`ws://${this.#url.host}${path}`, { handshakeTimeout: ANSWER_DEADLINE_MS });
    return new Promise((resolve, reject) => {
      socket.once('open', () => {
        const timer = setTimeout(() => socket.close(), WATCH_MS);
        const watched = once(socket, 'close').then(() => clearTimeout(timer));
        resolve({ status: 101, watched });
      });
      socket.on('message', onMessage);
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        resolve({ status: response.statusCode });
      });
      socket.on('error', reject);
    });
  }

  close() {
    this.#agent.destroy();
  }

  #open({ method, path, headers = {}, agent }) {
    const { hostname, port } = this.#url;
    return httpRequest({ host: hostname.replace(/^\[|\]$/g, ''), port, method, path, headers, agent });
  }
}

function readAnswer(sent) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => sent.destroy(new Error(`no answer in ${ANSWER_DEADLINE_MS} ms`)),
      ANSWER_DEADLINE_MS,
    );
    /** @param {Error} error */
    const fail = (error) => {
      clearTimeout(timer);
      reject(error);
    };
    sent.once('error', fail);
    sent.once('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.once('error', fail);
      response.once('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() });
      });
    });
  });
}

function giveUp(sent, answered) {
  sent.destroy();
  // An answer that was there already is one; what fails now fails because of us.
  return answered.catch(() => ({ status: 499, aborted: true }));
}

function once(emitter, event) {
  return new Promise((resolve) => {
    emitter.once(event, resolve);
  });
}
