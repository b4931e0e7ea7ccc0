import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { say } from '../../../scripts/project/say.js';
import { fromRoot } from '../../../scripts/stack/paths.js';
import { startComposeStack, type ComposeStack } from '../../../scripts/stack/docker/compose-stack.js';

const LOAD = fromRoot('test/compose/support/load.mjs');
const INDICES = 'barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*';
const PAGE = 10_000;

export interface Document {
  readonly _index: string;
  readonly _source: Readonly<Record<string, unknown>>;
}

/** What a container's processes are, as the kernel says. */
export interface ProcessStatus {
  readonly pid: string;
  readonly uids: ReadonlySet<string>;
  readonly gids: ReadonlySet<string>;
  readonly effective: bigint;
  readonly bounding: bigint;
  readonly hasNoNewPrivileges: boolean;
  readonly seccomp: string;
}

/** The stack under Docker, and what a test asks it from outside of its containers. */
export interface ComposeRun {
  readonly stack: ComposeStack;
  /** A request from the host: status and body. Status 0: no answer. */
  readonly ask: (url: string, ...curlArgs: string[]) => Promise<{ status: number; body: string }>;
  /** What a search finds, as barbossa_reader. */
  readonly search: (body: object) => Promise<Document[]>;
  /** Every process of a service's container. */
  readonly listProcesses: (service: string) => Promise<ProcessStatus[]>;
  /** Requests that go on until `end`. */
  readonly startLoad: () => Load;
}

/** A load: every id that was answered, and when. */
export interface Load {
  readonly prefix: string;
  readonly answered: ReadonlyMap<string, number>;
  readonly end: () => Promise<void>;
}

export async function startComposeRun(): Promise<ComposeRun> {
  const stack = await startComposeStack({ say });
  const { daemon } = stack;
  const ask: ComposeRun['ask'] = async (url, ...curlArgs) => {
    const args = ['--silent', '--max-time', '20', '--write-out', String.raw`\n%{http_code}`, ...curlArgs, url];
    // curl's exit code says what status 0 says too.
    const text = await daemon.runOnHost('/bin/sh', ['-c', 'curl "$@" || true', 'curl', ...args]);
    const cut = text.lastIndexOf('\n');
    return { status: Number(text.slice(cut + 1)), body: text.slice(0, cut) };
  };
  return {
    stack,
    ask,
    search: async (query) => {
      const { NetworkSettings: network } = await stack.inspect('elasticsearch');
      const address = network.Networks['barbossa']?.IPAddress ?? '';
      // The certificate's name, at the address that Docker gave.
      const args = [
        ['--resolve', `elasticsearch:9200:${address}`, '--cacert', path.join(stack.volume('secrets'), 'ca.crt')],
        ['--user', `barbossa_reader:${stack.readSecret('reader.password')}`],
        ['--header', 'content-type: application/json', '--data', JSON.stringify(query)],
      ].flat();
      const { status, body } = await ask(`https://elasticsearch:9200/${INDICES}/_search?size=${PAGE}`, ...args);
      if (status !== 200) throw new Error(`Elasticsearch answers ${status}: ${body}`);
      return (JSON.parse(body) as { hits: { hits: Document[] } }).hits.hits;
    },
    listProcesses: async (service) => {
      const { State: state } = await stack.inspect(service);
      // Of its control group: whoever was started in the container, by Docker too.
      const script = `for pid in $(cat /proc/${state.Pid}/cgroup | sed -n 's/^[0-9]*:pids://p' | xargs -I{} cat /sys/fs/cgroup/pids{}/cgroup.procs); do cat /proc/$pid/status && echo; done`;
      const text = await daemon.runOnHost('/bin/sh', ['-c', script]);
      return text
        .split('\n\n')
        .filter((block) => block.includes('CapEff'))
        .map(readStatus);
    },
    startLoad: () => startLoad(daemon.inNetwork()),
  };
}

function readStatus(text: string): ProcessStatus {
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '';
  return {
    pid: field('Pid'),
    uids: new Set(field('Uid').split(/\s+/)),
    gids: new Set(field('Gid').split(/\s+/)),
    effective: BigInt(`0x${field('CapEff')}`),
    bounding: BigInt(`0x${field('CapBnd')}`),
    hasNoNewPrivileges: field('NoNewPrivs') === '1',
    seccomp: field('Seccomp'),
  };
}

function startLoad([command = '', ...args]: string[]): Load {
  const prefix = `load-${randomBytes(4).toString('hex')}`;
  const answered = new Map<string, number>();
  const all = [...args, process.execPath, LOAD, 'http://127.0.0.1:8080/api/tracks?size=1', prefix, '25'];
  const child = spawn(command, all, { stdio: ['pipe', 'pipe', 'inherit'] });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [id = '', ms] = line.split(' ');
      answered.set(id, Number(ms));
    }
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    prefix,
    answered,
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
