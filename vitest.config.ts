import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const END_TO_END = ['labs', 'netns', 'quiet', 'oracle', 'differential'];
const UNIT = {
  exclude: END_TO_END.map((folder) => `test/${folder}/**`),
  execArgv: ['--expose-gc'],
  // By default one processor is left to vitest itself, which does little while they run.
  maxWorkers: '100%',
  testTimeout: 180_000,
  globalSetup: 'test/support/build.ts',
};

/** Words of a file that measures memory or time, or changes the process that it runs in. */
const NEEDS_A_PROCESS =
  /\b(vi|gc|memoryUsage|growthPerCall|fuzz|performance)\b|process\.(env|chdir)/;
const ALONE = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((file) => NEEDS_A_PROCESS.test(readFileSync(file, 'utf8')));

/** Labs side by side on a slow machine that is busy, too, take ten times as long as one alone. */
const LABS = {
  testTimeout: 1_200_000,
  hookTimeout: 1_200_000,
  globalSetup: 'test/support/require-machine.ts',
};
/** Labs wait more than they work: several files go side by side, and in some of them two labs. */
const SIDE_BY_SIDE = {
  ...LABS,
  maxWorkers: Number(process.env['FILES_AT_ONCE'] ?? 5),
  maxConcurrency: 2,
  isolate: false,
};

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
          ...SIDE_BY_SIDE,
          name: 'labs',
          include: ['test/labs/**/*.test.ts', 'examples/**/*.test.ts'],
        },
      },
      { test: { ...SIDE_BY_SIDE, name: 'netns', include: ['test/netns/**/*.test.ts'] } },
      // These look at times, so nothing else may be at work.
      {
        test: {
          ...LABS,
          name: 'quiet',
          include: ['test/quiet/**/*.test.ts'],
          fileParallelism: false,
        },
      },
    ],
  },
});
