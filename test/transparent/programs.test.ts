// Each program runs without and with the preload; what others see of it has to be the same. A new one is a file in
// programs/ that prints what it observes by support/seen.cjs, the same in every run: no times, no ports, no addresses.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findDoubled, withoutAddedHeaders } from './support/allowed.js';
import { PRELOAD, PROGRAMS, runProgram } from './support/run-program.js';

describe('a program under the preload', () => {
  it.concurrent.each(readdirSync(PROGRAMS).toSorted())('%s is seen as without it', async (program) => {
    const bare = await runProgram(program, []);
    const preloaded = await runProgram(program, PRELOAD);
    expect(bare.stdout, 'prints what it sees').not.toBe('');
    expect(withoutAddedHeaders(preloaded.stdout)).toBe(withoutAddedHeaders(bare.stdout));
    expect({ stderr: preloaded.stderr, end: preloaded.end }).toEqual({ stderr: bare.stderr, end: bare.end });
    expect(findDoubled(preloaded.stdout)).toEqual(findDoubled(bare.stdout));
  });
});
