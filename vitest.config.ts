import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const UNIT = {
  exclude: ['test/netns/**', 'test/labs/**', 'test/oracle/**', 'test/differential/**'],
  execArgv: ['--expose-gc'],
  // By default one processor is left to vitest itself, which does little while they run.
  maxWorkers: '100%',
  testTimeout: 60_000,
  globalSetup: 'test/support/build.ts',
};

/** Words of a file that measures memory or time, or changes the process that it runs in. */
const NEEDS_A_PROCESS =
  /\b(vi|gc|memoryUsage|growthPerCall|fuzz|performance)\b|process\.(env|chdir)/;
const ALONE = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((file) => NEEDS_A_PROCESS.test(readFileSync(file, 'utf8')));

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...UNIT,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...UNIT.exclude, ...ALONE],
          // Modules are loaded once for all files, not once for each: half of the work.
          isolate: false,
        },
      },
      { test: { ...UNIT, name: 'unit-alone', include: ALONE } },
      {
        test: {
          name: 'oracle',
          include: ['test/oracle/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'differential',
          include: ['test/differential/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'netns',
          include: ['test/netns/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          globalSetup: 'test/support/require-machine.ts',
        },
      },
      {
        // They wait more than they work, and ask nothing of the machine but that labs can be made: three files go side by side, and in some
        // of them two labs.
        test: {
          name: 'labs',
          include: ['test/labs/**/*.test.ts', 'examples/**/*.test.ts'],
          maxWorkers: 3,
          maxConcurrency: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          globalSetup: 'test/support/require-machine.ts',
        },
      },
    ],
  },
});
