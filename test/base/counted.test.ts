import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { counted } from '../../src/base/counted.ts';

test.each([
  [0, '0 packets were'],
  [1, '1 packet was'],
  [2, '2 packets were'],
])('%i has the noun and the verb of its number', (count, text) => {
  expect(counted(count, 'packet was', 'packets were')).toBe(text);
});

test('a noun without another form takes an s', () => {
  expect([counted(1, 'byte'), counted(8, 'byte')]).toEqual(['1 byte', '8 bytes']);
});

/** A number that may be 1 before a noun of many; limits (`MOST_BYTES`) and the whole of a part (`2 of 3 cells`) are none. */
const BY_HAND =
  /(?<!\bof )(?<!at most )\$\{(?![A-Z][A-Z_0-9]*\})(?!counted\()[^{}]+\} (?:packets|frames|bytes|flows|decisions|segments|measurements|lines|processes|cells|hops|redirects|keys)\b/;

test('no message counts things by hand', () => {
  const src = new URL('../../src/', import.meta.url);
  const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => BY_HAND.exec(readFileSync(new URL(file, src), 'utf8'))?.[0] ?? []);
  expect(found).toEqual([]);
});
