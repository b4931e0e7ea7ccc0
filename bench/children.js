/** Child processes of the bench: started with an IPC channel, asked over it, ended by their own process id. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const BENCH_DIR = fileURLToPath(new URL('.', import.meta.url));
const STDERR_KEPT_CHARS = 20_000;
const START_DEADLINE_MS = 20_000;

const running = new Set();

/** Settings that would change what is measured do not reach the children. */
function cleanEnv() {
  const foreign = /^(OTEL_|ELASTIC_|BARBOSSA_|NODE_OPTIONS$|LOG_LEVEL$|ENVIRONMENT$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/**
 * Starts `node <nodeArgs> <file> <args>` in the bench's folder, with stdout to /dev/null unless `stdout` is 'pipe' or an
 * open file. `node`: the binary; default: the one that runs this.
 * @returns the child: `startedNs` (monotonic clock), `next(kind)`, `ask(question)`, `stderr()`, `stdout()`, `kill()`.
 */
export function startChild({ file, args = [], nodeArgs = [], env = {}, stdout = 'ignore', node = process.execPath }) {
  const startedNs = process.hrtime.bigint();
  const child = spawn(node, [...nodeArgs, file, ...args], {
    cwd: BENCH_DIR,
    env: { ...cleanEnv(), NODE_ENV: 'production', ...env },
    stdio: ['ignore', stdout, 'pipe', 'ipc'],
  });
  running.add(child);
  const texts = { stderr: '', stdout: '' };
  child.stderr
    .setEncoding('utf8')
    .on('data', (text) => (texts.stderr = (texts.stderr + text).slice(-STDERR_KEPT_CHARS)));
  child.stdout?.setEncoding('utf8').on('data', (text) => (texts.stdout += text));
  const mailbox = createMailbox(child, () => `${[...nodeArgs, file].join(' ')} ended\n${texts.stderr}`);
  let lastId = 0;
  return {
    startedNs,
    stderr: () => texts.stderr,
    stdout: () => texts.stdout,
    next: (kind, deadlineMs = START_DEADLINE_MS) => mailbox.take((message) => message.kind === kind, deadlineMs),
    async ask(question = {}, deadlineMs = START_DEADLINE_MS) {
      const id = ++lastId;
      const answer = mailbox.take((message) => message.kind === 'answer' && message.id === id, deadlineMs);
      child.send({ ...question, id }, () => {});
      return answer;
    },
    kill: () => end(child),
  };
}

/** Keeps what the child has said until somebody asks for it; rejects when it ends or the deadline passes. */
function createMailbox(child, describeEnd) {
  const unread = [];
  const waiting = new Set();
  let ended = false;
  child.on('message', (message) => {
    const taker = [...waiting].find(({ wanted }) => wanted(message));
    if (taker === undefined) unread.push(message);
    else taker.resolve(message);
  });
  child.on('error', () => {});
  child.on('close', () => {
    ended = true;
    running.delete(child);
    for (const { reject } of waiting) reject(new Error(describeEnd()));
  });
  return {
    take(wanted, deadlineMs) {
      const at = unread.findIndex(wanted);
      if (at >= 0) return Promise.resolve(unread.splice(at, 1)[0]);
      if (ended) return Promise.reject(new Error(describeEnd()));
      return withDeadline(waiting, wanted, deadlineMs, describeEnd);
    },
  };
}

function withDeadline(waiting, wanted, deadlineMs, describe) {
  let entry;
  let timer;
  const promise = new Promise((resolve, reject) => {
    entry = { wanted, resolve, reject };
    waiting.add(entry);
    timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs} ms, before: ${describe()}`)), deadlineMs);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    waiting.delete(entry);
  });
}

/** Ends one child and waits until it is gone. */
async function end(child) {
  if (!running.has(child)) return;
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Ends all that is left, without waiting. For the way out. */
export function endAllChildren() {
  for (const child of running) child.kill('SIGKILL');
}
