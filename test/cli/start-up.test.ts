import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';

test.each([
  { command: ['--version'], kilobytes: 200 },
  { command: ['ps'], kilobytes: 500 },
  { command: ['list'], kilobytes: 500 },
])('$command loads at most $kilobytes kB of code', async ({ command, kilobytes }) => {
  const place = openPlace();
  const folder = join(place.cwd, 'coverage');
  const { exitCode } = await place.run(command, { env: { NODE_V8_COVERAGE: folder } });
  expect(exitCode).toBe(0);
  const sizes = loadedFiles(folder).map((file) => statSync(file).size);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(kilobytes * 1_000);
});

/** V8 writes down every script that a process has loaded. */
function loadedFiles(folder: string): string[] {
  return readdirSync(folder)
    .map((name): Coverage => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    .flatMap(({ result }) => result.map(({ url }) => url))
    .filter((url) => url.startsWith('file:'))
    .map((url) => fileURLToPath(url));
}

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}
