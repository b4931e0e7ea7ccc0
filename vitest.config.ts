import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Waits for minutes: started last, everybody would wait for it. */
const FIRST = 'alerts-faults.test.ts';

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isFirst = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith(FIRST);
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}

export default defineConfig({
  test: {
    allowOnly: false,
    // An integration test runs applications beside it: more workers than two make them wait for each other.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Run by scripts/test-transparent.js, on every supported Node.
        test: {
          name: 'transparent',
          include: ['test/transparent/**/*.test.ts'],
          testTimeout: 330_000,
          maxConcurrency: 3,
        },
      },
      {
        // Needs Chromium: run by scripts/test-browser.js.
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        // Needs Helm: run by scripts/test-chart.js.
        test: { name: 'chart', include: ['test/chart/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        // Needs an API server of Kubernetes: run by scripts/test-kubernetes.js.
        test: {
          name: 'kubernetes',
          include: ['test/kubernetes/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
      {
        // Needs Kafka beside the stack: run by scripts/test-kafka.js.
        test: { name: 'kafka', include: ['test/kafka/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 240_000 },
      },
      {
        // Needs Docker: run by scripts/test-compose.js. Images are built before the first test.
        test: {
          name: 'compose',
          include: ['test/compose/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 2_400_000,
        },
      },
      {
        // Needs real servers: run by scripts/test-stack.js, which looks what is there.
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
