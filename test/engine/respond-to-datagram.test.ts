import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { RESET } from '../support/censors.ts';
import { udpFrame } from '../support/datagrams.ts';
import { ascii } from '../support/packets.ts';

const RESPOND: Rule = {
  name: 'block page',
  trigger: keywords('payload', { keywords: ['forbidden'], patterns: [] }),
  action: { do: 'respond', payload: ascii('HTTP/1.1 403 \r\n\r\n'), server: 'reset', shape: RESET },
};

test.each([
  { position: 'in-path' as const, original: 'drop' },
  { position: 'on-path' as const, original: 'accept' },
])('a datagram that a block page would answer gets none: $position, $original', (row) => {
  const model = { ...PLAIN, position: row.position };
  const engine = new Engine({ policy: { model, rules: [RESPOND] } });
  const ends = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 4433 };
  const frame = udpFrame({ ...ends, payload: ascii('a forbidden word') });
  const verdict = engine.decide(frame, 0, frame.length, 0);
  expect(verdict).toMatchObject({ kind: 'inject', original: row.original, packets: [] });
});
