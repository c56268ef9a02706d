import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { TcbKnobs } from '../../src/flow/knobs.ts';
import { protocol } from '../../src/policy/match/protocol.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { az2017 } from '../support/censors.ts';
import { ascii, httpRequest, tcpFrame } from '../support/packets.ts';

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

describe('behind a payload on a SYN that the box ignores, the next one is the first:', () => {
  const decisionsOn = (policy: Policy, ...payloads: readonly Uint8Array[]): number => {
    const engine = new Engine({ policy });
    const decoy = ascii('x'.repeat(40));
    let seq = 1001;
    const segments = payloads.map((payload) => {
      const frame = tcpFrame({ ...CLIENT, seq, ack: 5001, flags: 'PA', payload });
      seq += payload.length;
      return frame;
    });
    for (const frame of [
      tcpFrame({ ...CLIENT, seq: 1000, ack: 0, flags: 'S', payload: decoy }),
      tcpFrame({ ...SERVER, seq: 5000, ack: 1001, flags: 'SA' }),
      ...segments,
    ]) {
      engine.decide(frame, 0, frame.length, 0);
    }
    return engine.counters.decisions;
  };

  test('its protocol is looked at', () => {
    const trigger = protocol({ is: ['http'] });
    const rules: Rule[] = [{ name: 'http', trigger, action: { do: 'drop' } }];
    expect(decisionsOn({ model: PRESETS.strict, rules }, BLOCKED)).toBe(1);
  });

  test('its length says whether the stream is put together', () => {
    const decisions = [0, 8].map((minSegment) => {
      const model = { ...PRESETS.strict, stream: { ...PRESETS.strict.stream, minSegment } };
      return decisionsOn(az2017(model), BLOCKED.slice(0, 4), BLOCKED.slice(4));
    });
    expect(decisions).toEqual([1, 0]);
  });
});

test('what a server took of a SYN is the beginning of its first stream alone', () => {
  const { strict } = PRESETS;
  const tcb = { ...strict.tcb, synPayload: 'until-refused', resyncOn: ['rst'] } as const;
  const teardown = { ...strict.tcb.teardown, on: [] };
  const engine = new Engine({ policy: az2017({ ...strict, tcb: { ...tcb, teardown } }) });
  const syn = ascii('x'.repeat(40));
  const far = 1001 + 5000;
  for (const frame of [
    tcpFrame({ ...CLIENT, seq: 1000, ack: 0, flags: 'S', payload: syn }),
    tcpFrame({ ...SERVER, seq: 5000, ack: 1001 + TAKEN, flags: 'SA' }),
    tcpFrame({ ...CLIENT, seq: 1001 + TAKEN, ack: 5001, flags: 'PA', payload: syn }),
    tcpFrame({ ...CLIENT, seq: 1001 + TAKEN + 40, ack: 5001, flags: 'R' }),
    tcpFrame({ ...CLIENT, seq: far, ack: 5001, flags: 'PA', payload: BLOCKED }),
  ]) {
    engine.decide(frame, 0, frame.length, 0);
  }
  expect(engine.counters.decisions).toBe(1);
});

test('of very many payloads on SYNs without an answer, the oldest is believed', () => {
  const decided = (others: number): number => {
    const { strict } = PRESETS;
    const tcb = { ...strict.tcb, synPayload: 'until-refused', capacity: 10_000 } as const;
    const engine = new Engine({ policy: az2017({ ...strict, tcb }) });
    const decide = (frame: Uint8Array): unknown => engine.decide(frame, 0, frame.length, 0);
    const decoy = {
      seq: 1000,
      ack: 0,
      flags: 'S',
      payload: httpRequest({ host: 'a-fine-name.test' }),
    };
    decide(tcpFrame({ ...CLIENT, ...decoy }));
    for (let i = 0; i < others; i++) decide(tcpFrame({ ...CLIENT, ...decoy, srcPort: 1 + i }));
    decide(tcpFrame({ ...SERVER, seq: 5000, ack: 1001, flags: 'SA' }));
    decide(tcpFrame({ ...CLIENT, seq: 1001, ack: 5001, flags: 'PA', payload: BLOCKED }));
    return engine.counters.decisions;
  };
  expect([decided(MOST_PAYLOADS - 1), decided(MOST_PAYLOADS)]).toEqual([1, 0]);
});

const MOST_PAYLOADS = 8192;

test('of SYNs that cross, only these are of the connection: a later one begins another', () => {
  const { strict } = PRESETS;
  const tcb = { ...strict.tcb, onSecondSyn: 'replace', roles: 'syn-sender-is-client' } as const;
  const teardown = { ...strict.tcb.teardown, on: [] };
  const engine = new Engine({ policy: az2017({ ...strict, tcb: { ...tcb, teardown } }) });
  const both = { flags: 'PA', payload: BLOCKED };
  for (const frame of [
    tcpFrame({ ...CLIENT, seq: 1000, ack: 0, flags: 'S' }),
    tcpFrame({ ...SERVER, seq: 5000, ack: 0, flags: 'S' }),
    tcpFrame({ ...SERVER, seq: 5000, ack: 0, flags: 'S' }),
    tcpFrame({ ...CLIENT, seq: 1000, ack: 5001, flags: 'SA' }),
    tcpFrame({ ...SERVER, seq: 5000, ack: 1001, flags: 'SA' }),
    tcpFrame({ ...CLIENT, seq: 1001, ack: 5001, flags: 'R' }),
    tcpFrame({ ...SERVER, seq: 90_000_000, ack: 0, flags: 'S' }),
    tcpFrame({ ...CLIENT, seq: 70_000_000, ack: 90_000_001, flags: 'SA' }),
    tcpFrame({ ...SERVER, seq: 90_000_001, ack: 70_000_001, ...both }),
  ]) {
    engine.decide(frame, 0, frame.length, 0);
  }
  expect(engine.counters.decisions).toBe(1);
});
