import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  identifyFile,
  identifyFileSync,
  isEndless,
  readSmallFile,
  readSmallFileSync,
} from '../../../src/files/small-file.js';
import { makePipe } from '../../integration/support/temporary-files.js';

function makeFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-small-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What both ways of reading say. */
async function read(file: string, maxBytes?: number): Promise<string[]> {
  const describe = (error: unknown): string => String(error);
  const late = await readSmallFile(file, maxBytes).then((bytes) => bytes.toString(), describe);
  try {
    return [late, readSmallFileSync(file, maxBytes).toString()];
  } catch (error) {
    return [late, describe(error)];
  }
}

test('a file, through links too, one of /proc, which says that it is empty, and an empty one', async () => {
  const file = path.join(makeFolder(), 'secret');
  for (const text of ['', 'secret', 'é'.repeat(25_000)]) {
    writeFileSync(file, text);
    expect(await read(file)).toEqual([text, text]);
  }
  symlinkSync(file, `${file}.link`);
  expect(await read(`${file}.link`)).toEqual([await readFile(file, 'utf8'), await readFile(file, 'utf8')]);
  if (process.platform === 'linux') {
    const version = await readFile('/proc/version', 'utf8');
    expect(await read('/proc/version')).toEqual([version, version]);
  }
});

test('what is no file, is too long or cannot be read is an error with its path', async () => {
  const folder = makeFolder();
  const at = (name: string): string => path.join(folder, name);
  makePipe(at('pipe'));
  symlinkSync(at('pipe'), at('link'));
  for (const file of [folder, at('pipe'), at('link'), '/dev/zero', '/dev/null']) {
    expect(await read(file)).toEqual(Array(2).fill(`Error: ${file} is not a file`));
  }
  writeFileSync(at('long'), 'x'.repeat(11));
  expect(await read(at('long'), 10)).toEqual(Array(2).fill(`Error: ${at('long')} is longer than 10 bytes`));
  expect(await read(at('long'), 11)).toEqual(Array(2).fill('x'.repeat(11)));
  symlinkSync(at('loop'), at('loop'));
  for (const [name, code] of [
    ['absent', 'ENOENT'],
    ['long/below', 'ENOTDIR'],
    ['loop', 'ELOOP'],
  ] as const) {
    expect(await read(at(name))).toEqual(Array(2).fill(expect.stringContaining(code)));
    expect([await identifyFile(at(name)), identifyFileSync(at(name))]).toEqual([code, code]);
  }
  // One more than libuv has threads.
  await Promise.all(
    Array.from({ length: 5 }, () => expect(readSmallFile(at('pipe'))).rejects.toThrow('is not a file')),
  );
  expect(await readFile(at('long'), 'utf8')).toBe('x'.repeat(11));
});

test('a file is told from the one that takes its place', async () => {
  const file = path.join(makeFolder(), 'file');
  writeFileSync(file, 'one');
  const first = identifyFileSync(file);
  expect(await identifyFile(file)).toBe(first);
  writeFileSync(`${file}.new`, 'two');
  renameSync(`${file}.new`, file);
  expect(identifyFileSync(file)).not.toBe(first);
});

test('what can be read for ever', () => {
  const folder = makeFolder();
  makePipe(path.join(folder, 'pipe'));
  writeFileSync(path.join(folder, 'file'), '');
  mkdirSync(path.join(folder, 'folder'));
  const endless = ['pipe', '/dev/zero', 'file', 'folder', 'absent'].filter((name) =>
    isEndless(path.resolve(folder, name)),
  );
  expect(endless).toEqual(['pipe', '/dev/zero']);
});
