import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecencyMap } from '../../src/replay/recency-map.ts';

test('behaves as a list of pairs, the one used last at its end', () => {
  const step = fc.record({
    does: fc.constantFrom('set', 'use', 'get', 'deleteOldest'),
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    value: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const map = new RecencyMap<number>();
      let list: (readonly [string, number])[] = [];
      for (const { does, key, value } of steps) {
        const known = list.find(([name]) => name === key);
        const others = list.filter((pair) => pair !== known);
        if (does === 'set') {
          map.set(key, value);
          list = [...others, [key, value]];
        } else if (does === 'use') {
          expect(map.use(key)).toBe(known?.[1]);
          if (known !== undefined) list = [...others, known];
        } else if (does === 'get') {
          expect(map.get(key)).toBe(known?.[1]);
        } else {
          map.deleteOldest();
          list = list.slice(1);
        }
        expect([...map.values()]).toEqual(list.map(([, one]) => one));
        expect([map.size, map.oldest]).toEqual([list.length, list[0]?.[1]]);
      }
    }),
  );
});
