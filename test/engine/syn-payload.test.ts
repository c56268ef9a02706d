import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { TcbKnobs } from '../../src/flow/knobs.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { az2017 } from '../support/censors.ts';
import { httpRequest, tcpFrame } from '../support/packets.ts';

const CLIENT = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 80 };
const SERVER = { src: CLIENT.dst, srcPort: 80, dst: CLIENT.src, dstPort: 40_000 };
const BLOCKED = httpRequest({ host: 'meydan.tv' });
const TAKEN = 10;

describe('a server takes the beginning of a payload on a SYN alone (RFC 7413 §4.2.2)', () => {
  test.each<{ name: string; knob: TcbKnobs['synPayload']; syn: Uint8Array; from: number }>([
    ...(['ignore', 'until-refused'] as const).map((knob) => ({
      ...{ name: `${knob}: the request is sent again as a whole`, knob },
      ...{ syn: httpRequest({ host: 'fine.test' }), from: 0 },
    })),
    {
      name: 'until-refused: another request goes on where the server took no more',
      ...{ knob: 'until-refused', syn: httpRequest({ host: 'fine.test' }), from: TAKEN },
    },
  ])('$name, and it is read', ({ knob, syn, from }) => {
    expect(decisions(knob, syn, from)).toBe(1);
  });

  test('a box that ignores the SYN does not read what begins within it', () => {
    expect(decisions('ignore', BLOCKED, TAKEN)).toBe(0);
  });
});

/** On the packet that brings the request from this place on. */
function decisions(synPayload: TcbKnobs['synPayload'], syn: Uint8Array, from: number): number {
  const model = { ...PRESETS.strict, tcb: { ...PRESETS.strict.tcb, synPayload } };
  const engine = new Engine({ policy: az2017(model) });
  const payload = BLOCKED.slice(from);
  for (const frame of [
    tcpFrame({ ...CLIENT, seq: 1000, ack: 0, flags: 'S', payload: syn }),
    tcpFrame({ ...SERVER, seq: 5000, ack: 1001 + TAKEN, flags: 'SA' }),
    tcpFrame({ ...CLIENT, seq: 1001 + from, ack: 5001, flags: 'PA', payload }),
  ]) {
    engine.decide(frame, 0, frame.length, 0);
  }
  return engine.counters.decisions;
}
