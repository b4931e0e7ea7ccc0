import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/project/root.js';
import { startCelery } from '../../../scripts/stack/celery.js';
import { killServers, removeFolder } from '../../../scripts/stack/server-process.js';
import { startWhole, type Whole } from '../../../scripts/stack/whole/whole.js';
import { TASKS } from '../queues.js';

const run = promisify(execFile);

/** The whole stack, and what a test asks it. */
export interface WholeRun {
  readonly whole: Whole;
  /** What a secret's file says. */
  readonly readSecret: (name: string) => string;
  /** Traffic for some seconds, of people and of a Celery worker. */
  readonly drive: (seconds: number) => Promise<void>;
  /** The result of an instant query. */
  readonly query: (promql: string) => Promise<Series[]>;
  /** `data` of Prometheus' API. */
  readonly askPrometheus: (path: string) => Promise<unknown>;
  /** The documents that a search finds, as barbossa_reader. */
  readonly findDocuments: (q: string) => Promise<Document[]>;
  readonly stop: () => Promise<void>;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

export interface Document {
  readonly _index: string;
  readonly _source: Readonly<Record<string, unknown>>;
}

/** Starts what compose.yaml describes. `options`: a profile, variables of .env, folders in place of volumes. */
export async function startWholeRun(options: Omit<Parameters<typeof startWhole>[0], 'folder'> = {}): Promise<WholeRun> {
  const folder = mkdtempSync(path.join(tmpdir(), 'barbossa-whole-'));
  const stop = async (): Promise<void> => {
    await killServers();
    removeFolder(folder);
  };
  try {
    return describeRun(await startWhole({ folder, ...options }), stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function describeRun(whole: Whole, stop: () => Promise<void>): WholeRun {
  const readSecret = (name: string): string => readFileSync(path.join(whole.findVolume('secrets'), name), 'utf8');
  // In profile metrics it has another name.
  const prometheus = ['prometheus', 'prometheus-metrics'].find((name) => whole.names.includes(name)) ?? '';
  const askPrometheus = async (target: string): Promise<unknown> => {
    const answer = await fetch(`${whole.urlOf(prometheus, 9090)}/api/v1/${target}`);
    const { data, error } = (await answer.json()) as { data?: unknown; error?: string };
    if (error !== undefined) throw new Error(`${target}: ${error}`);
    return data;
  };
  return {
    whole,
    readSecret,
    askPrometheus,
    query: async (promql) => {
      const data = (await askPrometheus(`query?query=${encodeURIComponent(promql)}`)) as { result: Series[] };
      return data.result;
    },
    drive: async (seconds) => {
      const redis = `redis://:${readSecret('redis.password')}@${whole.get('redis').address}:6379/0`;
      const celery = await startCelery({ files: [TASKS], env: { REDIS_URL: redis } });
      const traffic = ['scripts/traffic.js', '--url', whole.urlOf('web', 8080), '--seconds', String(seconds)];
      await Promise.all([
        run(process.execPath, [...traffic, '--rate', '20', '--json'], { cwd: ROOT }),
        celery.runPython('from barbossa_tasks import put; put("library.scan", 40)'),
      ]);
    },
    findDocuments: (q) => search(whole, readSecret('reader.password'), q),
    stop,
  };
}

async function search(whole: Whole, password: string, q: string): Promise<Document[]> {
  const answer = await new Promise<string>((resolve, reject) => {
    const sent = request(
      {
        host: whole.get('elasticsearch').address,
        port: 9200,
        // The name that the certificate is for.
        servername: 'elasticsearch',
        ca: readFileSync(path.join(whole.findVolume('secrets'), 'ca.crt')),
        auth: `barbossa_reader:${password}`,
        path: `/barbossa-logs-*,celery-logs-*,logs-barbossa-*,logs-barbossa.worker-*/_search?size=100&q=${encodeURIComponent(q)}`,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      },
    );
    sent.on('error', reject).end();
  });
  return (JSON.parse(answer) as { hits: { hits: Document[] } }).hits.hits;
}
