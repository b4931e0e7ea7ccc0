import { Writable } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { writeLine } from '../../../src/loggers/get-logger.js';
import { captureStream } from '../logs/test-logs.js';

type Write = (text: string, callback: (error?: Error | null) => void) => void;

/** Puts a stream in the place of stdout for the running test. */
function replaceStdout(write: Write): Writable {
  const stream = new Writable({
    decodeStrings: false,
    autoDestroy: false,
    write: (chunk: string, _, callback) => write(chunk, callback),
  });
  const descriptor = Object.getOwnPropertyDescriptor(process, 'stdout') as PropertyDescriptor;
  Object.defineProperty(process, 'stdout', { value: stream, configurable: true });
  onTestFinished(() => void Object.defineProperty(process, 'stdout', descriptor));
  return stream;
}

/** Two turns of the event loop: by then a stream has emitted its error. */
async function settle(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}

const EPIPE = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });

describe('writeLine', () => {
  test('writes the line and its end at once', async () => {
    const chunks: string[] = [];
    const stdout = replaceStdout((chunk, done) => {
      chunks.push(chunk);
      done();
    });
    writeLine('a');
    writeLine('');
    await settle();
    expect(chunks).toEqual(['a\n', '\n']);
    expect(stdout.listenerCount('error')).toBe(0);
  });

  test.each<[string, Write]>([
    ['at once', (_, done) => done(EPIPE)],
    ['later', (_, done) => setImmediate(done, EPIPE)],
  ])('an error that comes %s has no effect, and leaves no listener', async (_, write) => {
    // An error event without a listener would be an uncaught exception, which fails the test run.
    const stdout = replaceStdout(write);
    writeLine('a');
    await settle();
    await settle();
    expect(stdout.errored).toBe(EPIPE);
    expect(stdout.listenerCount('error')).toBe(0);
  });

  test.each<[string, Write]>([
    ['at once', (_, done) => done(EPIPE)],
    ['later', (_, done) => setImmediate(done, EPIPE)],
  ])("the application's own listener gets an error that comes %s", async (_, write) => {
    const stdout = replaceStdout(write);
    const onError = vi.fn();
    stdout.on('error', onError);
    writeLine('a');
    await settle();
    await settle();
    expect(onError).toHaveBeenCalledExactlyOnceWith(EPIPE);
    expect(stdout.listenerCount('error')).toBe(1);
  });

  test("the application's own write still fails as it did", async () => {
    let fail = false;
    const stdout = replaceStdout((_, done) => done(fail ? EPIPE : null));
    writeLine('a');
    await settle();
    fail = true;
    const uncaught = new Promise((resolve) => {
      const spy = vi.spyOn(stdout, 'emit').mockImplementation((event, error) => {
        if (event === 'error') resolve([stdout.listenerCount('error'), error]);
        return true;
      });
      onTestFinished(() => spy.mockRestore());
    });
    stdout.write('mine');
    expect(await uncaught).toEqual([0, EPIPE]);
  });

  test('a stdout that was ended has no effect', async () => {
    const stdout = replaceStdout((_, done) => done());
    stdout.end();
    writeLine('a');
    await settle();
    expect(stdout.listenerCount('error')).toBe(0);
  });

  test('a write that throws is told once', () => {
    const stderr = captureStream('stderr');
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation(() => {
      throw new Error('patched badly');
    });
    onTestFinished(() => spy.mockRestore());
    writeLine('a');
    writeLine('b');
    expect(spy).toHaveBeenCalledTimes(2);
    expect(stderr).toEqual(['[barbossa-telemetry] warn: log lines cannot be written to stdout: patched badly\n']);
    expect(process.stdout.listenerCount('error')).toBe(0);
  });
});
