import { connect } from 'node:net';

const TIMEOUT_MS = 5_000;

/**
 * Sends one command to a Redis on the loopback address, over a connection of its own.
 * @param {{ port: number, password?: string }} server @param {readonly string[]} words
 * @returns {Promise<string>} The answer as Redis writes it, without the mark of a text: `PONG`, `-ERR no such command`.
 */
export function askRedis({ port, password = '' }, words) {
  const commands = password === '' ? [words] : [['AUTH', password], words];
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    const finish = () => {
      const answers = splitAnswers(text);
      if (answers.length < commands.length) return;
      socket.destroy();
      resolve(answers.at(-1) ?? '');
    };
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`Redis gave no answer within ${TIMEOUT_MS} ms`)));
    socket.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
      text += chunk;
      finish();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('Redis closed the connection')));
    socket.write(commands.map(encodeCommand).join(''));
  });
}

/** @param {readonly string[]} words */
function encodeCommand(words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** The whole answers in a text: lines and bulk texts, which is all that is asked for here. @param {string} text */
function splitAnswers(text) {
  const answers = [];
  for (let rest = text; ;) {
    const match = /^([+\-:$])(.*?)\r\n/.exec(rest);
    if (match === null) return answers;
    const [line, mark = '', value = ''] = match;
    rest = rest.slice(line.length);
    if (mark !== '$' || value === '-1') {
      answers.push(mark === '-' ? `-${value}` : value);
      continue;
    }
    const length = Number(value);
    if (rest.length < length + 2) return answers;
    answers.push(rest.slice(0, length));
    rest = rest.slice(length + 2);
  }
}
