import { defineConfig } from 'vitest/config';

/**
 * A machine of CI may stand still for seconds, with real processes and deadlines under test. Once more, and the report names
 * what needed it; at a desk a test that fails has failed.
 */
const retry = process.env['CI'] === 'true' ? 1 : 0;

export default defineConfig({
  test: {
    allowOnly: false,
    // An integration test runs applications beside it: more workers than two make them wait for each other.
    maxWorkers: 2,
    projects: [
      {
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000, retry },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          retry,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Needs real servers: run by scripts/test-stack.js, which looks what is there.
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          retry,
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
