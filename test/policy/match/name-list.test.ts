import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countLines, NameListReader } from '../../../src/policy/match/name-list.ts';
import { NameSet } from '../../../src/policy/match/name-set.ts';
import { ascii } from '../../support/packets.ts';

test.each<{ text: string; names: readonly string[] }>([
  { text: 'a.tv\nb.tv\n', names: ['a.tv', 'b.tv'] },
  { text: 'a.tv\nb.tv', names: ['a.tv', 'b.tv'] },
  { text: 'a.tv\r\n\r\nb.tv\r\n', names: ['a.tv', 'b.tv'] },
  { text: '# a list\n\n  a.tv\t# why\n#b.tv\n', names: ['a.tv'] },
  { text: 'a.tv#b.tv', names: ['a.tv'] },
  { text: '*.a.tv\n.b.tv\n', names: ['*.+a.tv', '.+b.tv'] },
  { text: '*\n*a.tv\n..a.tv\n', names: ['*', '*a.tv', '.+.a.tv'] },
  { text: '.\n*.\n..\n#*.\n', names: ['.+', '*.+', '.+'] },
  { text: 'a.tv.\n.b.tv. # why\n*.c.tv..\n', names: ['a.tv', '.+b.tv', '*.+c.tv.'] },
  { text: '\xef\xbb\xbfa.tv\n', names: ['a.tv'] },
  { text: '', names: [] },
  { text: '\n\n', names: [] },
])('$text holds $names', ({ text, names }) => {
  expect(namesOf(ascii(text))).toEqual(names);
});

test('a name too long for DNS is refused with its line and length', () => {
  const list = ascii(`a.tv\n# none\n${'a'.repeat(256)}\n`);
  const text = 'line 3: a name of 256 bytes; expected at most 255';
  expect(() => new NameSet(list)).toThrow(
    expect.objectContaining({ code: 'SCENARIO_INVALID', message: text }),
  );
  expect(new NameSet(ascii('a'.repeat(255))).count).toBe(1);
});

test('any bytes are a list, with a name for each line at most', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(namesOf(bytes).length).toBeLessThanOrEqual(countLines(bytes));
    }),
  );
});

function namesOf(bytes: Uint8Array): string[] {
  const list = new NameListReader(bytes);
  const names: string[] = [];
  while (list.next()) {
    const name = Buffer.from(bytes.subarray(list.at, list.end)).toString('latin1');
    names.push(list.prefix === '' ? name : `${list.prefix}+${name}`);
  }
  return names;
}

test('where a name stands is told by line and column, with what stands before it', () => {
  const list = new NameListReader(ascii('\xef\xbb\xbfa.tv\r\n\n  *.b.tv # why\n\t.c.tv'));
  const places: string[] = [];
  while (list.next()) places.push(`${list.line}:${list.column}`);
  expect(places).toEqual(['1:1', '3:3', '4:2']);
});
