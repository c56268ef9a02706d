import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { chokepoint, openPlace, PROGRAM } from '../support/cli.ts';

/** Every lab waits for it: it knows scenarios as values, and checks none. */
const FIRST_OF_A_LAB = join(PROGRAM, '../../testbed/processes/agent.js');

test.each([
  { what: '--version', command: chokepoint(['--version']), kilobytes: 200 },
  { what: 'ps', command: chokepoint(['ps']), kilobytes: 500 },
  { what: 'list', command: chokepoint(['list']), kilobytes: 500 },
  {
    what: 'the first process of a lab',
    command: [process.execPath, FIRST_OF_A_LAB],
    kilobytes: 200,
  },
])('$what loads at most $kilobytes kB of code', async ({ command, kilobytes }) => {
  const place = openPlace();
  const folder = join(place.cwd, 'coverage');
  const { exitCode } = await place.start(command, { env: { NODE_V8_COVERAGE: folder } });
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
