import { describe, expect, test } from 'vitest';
import { parseCensor } from '../../src/scenario/censor-file.ts';
import { packetInstead } from '../../src/scenario/packet-instead.ts';

describe('an expression about the length and the first bytes of a payload is written as a trigger', () => {
  test.each([
    {
      pattern: '(?s)^.\\x00\\x00\\x00\\x01.{996}',
      want: '{ match: packet, min_length: 1001, bytes: [{ at: 1, hex: "00 00 00 01" }] }',
    },
    { pattern: '(?s)^.{1200,}', want: '{ match: packet, min_length: 1200 }' },
    { pattern: '(?s)^.{600}$', want: '{ match: packet, min_length: 600, max_length: 600 }' },
    {
      pattern: '(?s)^GET .{1000}',
      want: '{ match: packet, min_length: 1004, bytes: [{ at: 0, hex: "47 45 54 20" }] }',
    },
    {
      pattern: '(?s)^\\x16{2}.\\x{03}.+\\x01.{999}\\z',
      want: '{ match: packet, min_length: 1005, bytes: [{ at: 0, hex: "16 16" }, { at: 3, hex: "03" }] }',
    },
    { pattern: '(?s)^a?b.{999}', want: '{ match: packet, min_length: 1000 }' },
  ])('$pattern', ({ pattern, want }) => {
    expect(packetInstead(pattern)).toBe(want);
  });

  test('and the refusal of the expression shows it, in a spelling that is taken', () => {
    const rule = (trigger: string): string =>
      `rules:\n  - name: x\n    trigger: ${trigger}\n    action: { do: drop }\n`;
    const pattern = '(?s)^.\\x00\\x00\\x00\\x01.{996}';
    const instead = packetInstead(pattern) as string;
    const refused = rule(`{ match: payload, patterns: ['${pattern}'] }`);
    expect(() => parseCensor(refused, 'x.yaml')).toThrow(
      `expected at most 500: what is repeated counts each time; as a trigger without it: ${instead}`,
    );
    expect(parseCensor(rule(instead), 'x.yaml').rules[0]?.trigger).toMatchObject({
      match: 'packet',
      min_length: 1001,
    });
  });

  test.each(['.{1001}', '^(a|b).{900}', '^[ab].{900}', '^\\d.{900}', '^a.{900}b|c'])(
    'but not one that says more, or begins anywhere: %s',
    (pattern) => expect(packetInstead(pattern)).toBeUndefined(),
  );
});
