import { defineConfig } from 'vitest/config';

/** The tests that must notice a mutant: those of its room (`ROOM=wire`), or of the whole core. */
const room = process.env['ROOM'] ?? '{wire,flow,policy,engine,golden}';

export default defineConfig({
  test: {
    include: [`test/${room}/**/*.test.ts`, `test/${room}.test.ts`],
    // They measure memory, where the marks of the mutants count too.
    exclude: ['**/allocation.test.ts', '**/memory.test.ts', '**/idle-flows.test.ts'],
    testNamePattern: /^(?!.*allocates nothing)/,
    isolate: false,
    testTimeout: 60_000,
  },
});
