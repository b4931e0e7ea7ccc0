import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { captureCaller, captureCallerOutside, type Caller } from '../../../src/logs/caller.js';

const original = {
  prepareStackTrace: Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace'),
  stackTraceLimit: Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit'),
};

afterEach(() => {
  for (const key of ['prepareStackTrace', 'stackTraceLimit'] as const) {
    const descriptor = original[key];
    if (descriptor === undefined) Reflect.deleteProperty(Error, key);
    else Object.defineProperty(Error, key, descriptor);
  }
});

function log(): Caller | undefined {
  return captureCaller(log);
}

function namedFunction(): Caller | undefined {
  return log();
}

describe('captureCaller', () => {
  test('module, function and line of the caller', () => {
    expect(compile('/srv/app/server.js')).toEqual({ module: 'server', function: 'run', line: 3 });
    expect(namedFunction()).toMatchObject({ module: 'caller.test', function: 'namedFunction' });
  });

  test('module and line of the source, where Node has a source map', () => {
    process.setSourceMapsEnabled(true);
    onTestFinished(() => process.setSourceMapsEnabled(false));
    const folder = mkdtempSync(path.join(os.tmpdir(), 'barbossa-caller-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'compiled.cjs');
    // One segment: the first column of the first line comes from line 5 of tracks.ts.
    const map = { version: 3, sources: ['tracks.ts'], names: [], mappings: 'AAIA' };
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
    writeFileSync(file, `module.exports = function load(log) { return log(); };\n//# sourceMappingURL=${url}\n`);
    const load = createRequire(import.meta.url)(file) as (call: () => Caller | undefined) => Caller | undefined;
    expect(load(log)).toEqual({ module: 'tracks', function: 'load', line: 5 });
  });

  class Library {
    scan(): Caller | undefined {
      return log();
    }
    async load(): Promise<Caller | undefined> {
      await Promise.resolve();
      return log();
    }
    static open(): Caller | undefined {
      return log();
    }
  }

  test.each<[string, () => Caller | undefined | Promise<Caller | undefined>, string]>([
    ['a function', namedFunction, 'namedFunction'],
    ['an anonymous function', () => (() => log())(), '<anonymous>'],
    ['a method', () => new Library().scan(), 'scan'],
    ['an async method, after an await', () => new Library().load(), 'load'],
    ['a static method', () => Library.open(), 'open'],
    [
      'a callback of the language',
      () =>
        [0].map(function visit() {
          return log();
        })[0],
      'visit',
    ],
    [
      'a timer',
      () =>
        new Promise((resolve) => {
          setTimeout(function tick() {
            resolve(log());
          }, 0);
        }),
      'tick',
    ],
    ['a file: URL with a query', () => compile('file:///srv/My%20App/server.mjs?t=1'), 'run'],
    ['a path', () => compile('/srv/app/server.js'), 'run'],
    ['a Windows path', () => compile('C:\\app\\server.js'), 'run'],
  ])('called by %s', async (_, call, name) => {
    expect((await call())?.function).toMatch(new RegExp(`^(Library\\.)?${name}$`));
  });

  test.each([
    ['file:///srv/app/server.mjs', 'server'],
    ['file:///srv/My%20App/album%20art.js?t=1#x', 'album art'],
    ['file:///srv/bad%zz.js', 'bad%zz'],
    ['/srv/app/server.test.ts', 'server.test'],
    ['C:\\app\\worker.cjs', 'worker'],
    ['/srv/app/.hidden', '.hidden'],
    ['/srv/app/script', 'script'],
  ])('the module of %s is %s', (fileName, module) => {
    expect(compile(fileName)).toMatchObject({ module, function: 'run', line: 3 });
  });

  test("passes over Node's frames and its own package's", () => {
    const frame = 'node:internal/process/task_queues';
    expect(compile(frame)?.module).toBe('caller.test');
    const own = new URL('../../../src/logs/other.ts', import.meta.url);
    expect(compile(own.href)?.module).toBe('caller.test');
    expect(compile(own.pathname)?.module).toBe('caller.test');
  });

  test('is undefined where nothing of the application is on the stack', () => {
    expect(captureCaller(function notOnTheStack() {})).toBeUndefined();
  });
});

/** Runs a function of a file of that name which logs in its third line. */
function compile(fileName: string): Caller | undefined {
  const run = vm.runInThisContext('(function run(log) {\n\nreturn log();\n})', { filename: fileName }) as (
    call: () => Caller | undefined,
  ) => Caller | undefined;
  return run(log);
}

describe("whatever the application has made of Error's settings", () => {
  test.each<[string, () => void]>([
    [
      'a limit of 0',
      () => {
        Error.stackTraceLimit = 0;
      },
    ],
    [
      'a limit of Infinity',
      () => {
        Error.stackTraceLimit = Infinity;
      },
    ],
    [
      'a limit that is no number',
      () => {
        Object.defineProperty(Error, 'stackTraceLimit', { value: 'many', writable: true, configurable: true });
      },
    ],
    [
      'a limit that is read-only',
      () => {
        Object.defineProperty(Error, 'stackTraceLimit', { value: 50, writable: false, configurable: true });
      },
    ],
    [
      'no limit',
      () => {
        Reflect.deleteProperty(Error, 'stackTraceLimit');
      },
    ],
    [
      'its own prepareStackTrace',
      () => {
        Error.prepareStackTrace = () => 'mine';
      },
    ],
    [
      'a prepareStackTrace that throws',
      () => {
        Error.prepareStackTrace = () => {
          throw new Error('mine');
        };
      },
    ],
  ])('%s: the caller is found and the setting is as it was', (_, change) => {
    change();
    const before = [
      Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.value,
      Error.prepareStackTrace,
    ] as unknown[];
    const caller = namedFunction();
    const after = [
      Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.value,
      Error.prepareStackTrace,
    ] as unknown[];
    expect(caller).toMatchObject({ module: 'caller.test', function: 'namedFunction' });
    expect(after).toEqual(before);
  });

  test('a read-only prepareStackTrace: there is no caller, and no error', () => {
    Object.defineProperty(Error, 'prepareStackTrace', { value: () => 'mine', writable: false, configurable: true });
    expect(namedFunction()).toBeUndefined();
  });

  test('accessors that throw: there is no caller, and no error', () => {
    const get = (): never => {
      throw new Error('no');
    };
    Object.defineProperty(Error, 'prepareStackTrace', { get, configurable: true });
    expect(namedFunction()).toBeUndefined();
  });
});

describe('captureCallerOutside', () => {
  function bridge(): Caller | undefined {
    return captureCallerOutside(bridge, ['/node_modules/winston/', '/node_modules/readable-stream/']);
  }

  function nest(fileName: string, inner: () => Caller | undefined): () => Caller | undefined {
    const run = vm.runInThisContext('(function run(inner) { return inner(); })', { filename: fileName }) as (
      call: () => Caller | undefined,
    ) => Caller | undefined;
    // Bound, and not an arrow, which would be a frame of this file.
    return run.bind(undefined, inner);
  }

  test('passes over frames with a fragment in their path, however many', () => {
    let call = bridge;
    for (let i = 0; i < 15; i++) call = nest('/srv/app/node_modules/winston/lib/winston/logger.js', call);
    call = nest('C:\\app\\node_modules\\readable-stream\\lib\\stream.js', call);
    call = nest('file:///srv/app/node_modules/winston/lib/winston/create-logger.js', call);
    expect(nest('/srv/app/server.js', call)()).toMatchObject({ module: 'server', function: 'run' });
  });

  test('is undefined where all frames are passed over', () => {
    let call = bridge;
    // More frames than are looked through, or the runner's own would be found.
    for (let i = 0; i < 60; i++) call = nest('/srv/app/node_modules/winston/lib/winston/logger.js', call);
    expect(call()).toBeUndefined();
  });
});
