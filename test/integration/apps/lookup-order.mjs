// Looks up the names of its arguments as the C library does and as the delivery does, with a name server of its own at
// 127.0.0.1:53, and prints what each of them has asked for.
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { promisify } from 'node:util';
import { createLookup } from '../../../dist/delivery/lookup.js';

const run = promisify(execFile);
const NXDOMAIN = 0x81_83;
let asked = new Set();

const socket = createSocket('udp4');
socket.on('message', (question, from) => {
  const labels = [];
  for (let at = 12; question[at] > 0; at += question[at] + 1) {
    labels.push(question.subarray(at + 1, at + 1 + question[at]).toString());
  }
  asked.add(labels.join('.'));
  const answer = Buffer.from(question);
  answer.writeUInt16BE(NXDOMAIN, 2);
  socket.send(answer, from.port, from.address);
});
await new Promise((resolve) => socket.bind(53, '127.0.0.1', resolve));

const result = {};
for (const name of process.argv.slice(2)) {
  asked = new Set();
  const { stdout = '' } = await run('getent', ['ahosts', name]).catch((/** @type {unknown} */ error) => error);
  const theirs = { asked: [...asked], found: stdout.split(/\s/)[0] ?? '' };
  asked = new Set();
  const found = await new Promise((resolve) => {
    // What is left to the C library is no question of ours.
    createLookup()(name, {}, (error, address) => resolve(error === null ? address : ''));
  });
  result[name] = { theirs, ours: { asked: [...asked], found } };
}
socket.close();
process.stdout.write(`${JSON.stringify(result)}\n`);
