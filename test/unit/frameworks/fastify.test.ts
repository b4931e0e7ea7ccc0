import diagnosticsChannel from 'node:diagnostics_channel';
import { expect, test, vi } from 'vitest';
import { followFastify } from '../../../src/frameworks/fastify.js';

test.each([
  [{ version: '6.0.0', addHook: vi.fn<() => void>() }, 'fastify 6.0.0 cannot be followed: versions 4, 5 are'],
  [{ version: '5.99.0' }, 'fastify 5.99.0 cannot be followed: it has no addHook'],
])('an instance that we do not know is left alone, with one warning: %#', (fastify, warning) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const stop = followFastify();
  for (let made = 0; made < 3; made++) diagnosticsChannel.channel('fastify.initialization').publish({ fastify });
  stop();
  const lines = write.mock.calls.map(([text]) => String(text));
  write.mockRestore();
  expect(lines).toEqual([expect.stringContaining(warning)]);
  if ('addHook' in fastify) expect(fastify.addHook).not.toHaveBeenCalled();
});
