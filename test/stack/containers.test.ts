// @needs collector, Elasticsearch
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ContainerLog, type Labels } from './container-log.js';
import { nameDay, startChain, waitForDocuments, type Chain, type Document } from './stack.js';

let chain: Chain;
let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'barbossa-containers-'));
  chain = await startChain({
    configs: ['gateway.yaml', 'container-logs.yaml'],
    env: { BARBOSSA_CONTAINER_LOGS: join(root, '*/*-json.log*') },
  });
  return async () => {
    await chain.stop();
    rmSync(root, { recursive: true, force: true });
  };
});

function makeContainer(labels?: Labels): ContainerLog {
  return new ContainerLog(root, randomUUID().replaceAll('-', ''), labels);
}

/** The documents of a container, in the order in which it wrote them. */
async function read(container: ContainerLog, expected: number): Promise<Document[]> {
  const query = { term: { 'extras.container': container.id.slice(0, 12) } };
  const documents = await waitForDocuments(chain.elasticsearch, query, expected);
  return documents.toSorted((a, b) => compare(readTime(a), readTime(b)) || compare(a._id, b._id));
}

function readTime({ _source: source }: Document): string {
  return String(source['timestamp']);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The only document of a container. */
async function readOne(container: ContainerLog): Promise<Document> {
  const [document] = await read(container, 1);
  if (document === undefined) throw new Error('the document that was counted was not found');
  return document;
}

const messages = (documents: readonly Document[]) => documents.map(({ _source: source }) => source['message']);

describe('a line of text', () => {
  test('becomes a document of its service, in the index of the day', async () => {
    const container = makeContainer({ 'barbossa.logs': 'stdout', 'com.docker.compose.service': 'redis' });
    container.write('1:M 25 Nov 2026 10:00:00.000 * Ready to accept connections\n');
    const { _index: index, _source: source } = await readOne(container);
    expect(source).toStrictEqual({
      timestamp: source['timestamp'],
      level: 'INFO',
      logger: 'redis',
      message: '1:M 25 Nov 2026 10:00:00.000 * Ready to accept connections',
      'service.name': 'redis',
      extras: { container: container.id.slice(0, 12), stream: 'stdout' },
    });
    expect(index).toBe(`barbossa-logs-${nameDay(Date.parse(String(source['timestamp'])))}`);
  });

  test('of a worker goes to the workers', async () => {
    const container = makeContainer({ 'barbossa.logs': 'stdout', 'barbossa.role': 'worker' });
    container.write('[2026-11-25 10:00:00,000: INFO/MainProcess] celery@host ready.\n');
    expect((await readOne(container))._index).toMatch(/^celery-logs-/);
  });

  test.each([
    ['2026-11-25 10:00:00.000 UTC [7] LOG:  database system is ready', 'INFO'],
    ['2026-11-25 10:00:00.000 UTC [7] FATAL:  role "x" does not exist', 'ERROR'],
    ['[2026-11-25 10:00:00,000: WARNING/MainProcess] slow', 'WARNING'],
    ['DEBUG: looking', 'DEBUG'],
    ['2026-11-25 nothing to see', 'INFO'],
  ])('%s has the level %s', async (line, level) => {
    const container = makeContainer();
    container.write(`${line}\n`);
    expect((await readOne(container))._source).toMatchObject({ level, message: line });
  });

  test('and the lines of its statement or traceback are one document', async () => {
    const container = makeContainer();
    container.write('2026-11-25 10:00:00 UTC [7] ERROR:  syntax error\nSELECT 1\n\tFROM\n');
    container.write(
      [
        '[2026-11-25 10:00:01,000: ERROR/MainProcess] Task scan failed',
        'Traceback (most recent call last):',
        '  File "tasks.py", line 7, in scan',
        '    raise ValueError("no such folder")',
        'ValueError: no such folder',
        '[2026-11-25 10:00:02,000: INFO/MainProcess] next',
        '',
      ].join('\n'),
    );
    const documents = await read(container, 3);
    expect(messages(documents)).toStrictEqual([
      '2026-11-25 10:00:00 UTC [7] ERROR:  syntax error\nSELECT 1\n\tFROM',
      '[2026-11-25 10:00:01,000: ERROR/MainProcess] Task scan failed',
      '[2026-11-25 10:00:02,000: INFO/MainProcess] next',
    ]);
    const [, failed] = documents;
    expect(failed?._source).toMatchObject({ level: 'ERROR' });
    expect(failed?._source['exception']).toBe(
      [
        'Traceback (most recent call last):',
        '  File "tasks.py", line 7, in scan',
        '    raise ValueError("no such folder")',
        'ValueError: no such folder',
      ].join('\n'),
    );
  });

  test('that Docker has cut in parts is whole again', async () => {
    const container = makeContainer();
    const line = `1 ${'long '.repeat(12_000)}end`;
    container.write(`${line}\n2 next\n`);
    expect(messages(await read(container, 2))).toStrictEqual([line, '2 next']);
  });

  test('with quotes, escapes, colors and other alphabets is as it was', async () => {
    const container = makeContainer();
    const lines = ['1 "quoted" \\ {"a":1}', '2 \u001b[31mred\u001b[0m', '3 Привет € 🎵', '4 ","stream":"stdout"'];
    container.write(`${lines.join('\n')}\n`);
    expect(messages(await read(container, lines.length))).toStrictEqual(lines);
  });
});

describe('a line of JSON', () => {
  test('has the fields of the log record contract, and the others in extras', async () => {
    const container = makeContainer({ 'barbossa.logs': 'stdout', 'com.docker.compose.service': 'worker' });
    const record = {
      timestamp: new Date(Date.now() - 5000).toISOString(),
      level: 'WARNING',
      logger: 'barbossa.tasks',
      message: 'slow\nvery',
      module: 'tasks.py',
      function: 'scan',
      line: 7,
      exception: 'Traceback (most recent call last):\nValueError: x',
      request_id: 'r-1',
      user_id: 'u-1',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      'service.name': 'barbossa-worker',
      extras: { folder: '/music' },
      attempt: 3,
      'elasticsearch.index': 'stolen',
    };
    container.write(`${JSON.stringify(record)}\n`);
    const document = await readOne(container);
    const { attempt, extras, 'elasticsearch.index': _, ...fields } = record;
    expect(document._source).toStrictEqual({
      ...fields,
      extras: { ...extras, attempt, container: container.id.slice(0, 12), stream: 'stdout' },
    });
    expect(document._index).toMatch(/^barbossa-logs-/);
  });

  test('that only looks like it is text', async () => {
    const container = makeContainer();
    container.write('{"message": broken\n');
    expect((await readOne(container))._source['message']).toBe('{"message": broken');
  });
});

describe('a container', () => {
  test('that has not asked for it is not read', async () => {
    const silent = makeContainer({ 'com.docker.compose.service': 'web' });
    const asking = makeContainer();
    silent.write('1 not this\n');
    asking.write('1 but this\n');
    await read(asking, 1);
    // A later look at the files than the one that found the silent one's line.
    asking.write('2 and this\n');
    await read(asking, 2);
    await read(silent, 0);
  });

  test('keeps every line, once, over rotation and a restart of the collector', async () => {
    const container = makeContainer();
    let next = 0;
    const write = (count: number) => {
      container.write(Array.from({ length: count }, () => `${(next += 1)} line\n`).join(''));
    };
    write(200);
    await read(container, 200);
    await chain.collector.kill();
    write(100);
    container.rotate();
    write(100);
    await chain.collector.start();
    await read(container, 400);
    container.rotate();
    write(100);
    await chain.collector.terminate();
    write(50);
    await chain.collector.start();
    const documents = await read(container, 550);
    expect(new Set(messages(documents)).size).toBe(550);
  });

  test('whose lines are all equal keeps as many as it wrote', async () => {
    const container = makeContainer();
    container.write('1 same\n'.repeat(100));
    await read(container, 100);
  });

  test('with bytes that are no entry loses none of its entries', async () => {
    const container = makeContainer();
    container.write('1 before\n');
    container.writeRaw('\u0000\u0000\u0000\n');
    container.write('2 after\n');
    const text = messages(await read(container, 2)).join('|');
    expect(text).toContain('1 before');
    expect(text).toContain('2 after');
  });
});
