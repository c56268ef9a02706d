import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { MemoryBudget } from '../../src/flow/memory-budget.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import { names } from '../../src/policy/match/names.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import type { Residual } from '../../src/policy/residual.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { RESET } from '../support/censors.ts';
import { udpFrame } from '../support/datagrams.ts';
import { hex, tcpFrame } from '../support/packets.ts';
import { clientDatagram, cryptoFrame, longPacket } from '../support/quic.ts';

const { strict } = PRESETS;
const ENDS = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 1, dstPort: 443 };
const DCID = hex`83 94 c8 f0 3e 51 57 08`;

test('a censor has a table of who is still interfered with only for a rule that lasts', () => {
  const trigger = keywords('payload', { keywords: ['secret'], patterns: [] });
  const rule: Rule = { name: 'x', trigger, action: RESET };
  const residual: Residual = {
    ...{ scope: '4-tuple', duration: 1000, after: 0, refresh: false },
    ...{ does: 'drop', way: 'both' },
  };
  const bytesOf = (rules: readonly Rule[]): number => {
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    const { engine } = newEngine(1e6, rules);
    const bytes = process.memoryUsage().arrayBuffers - before;
    return bytes + engine.flowCount; // what is used afterwards is not collected before
  };
  // What others have left is given back at any time.
  const differences = Array.from({ length: 5 }, () => {
    return bytesOf([{ ...rule, residual }]) - bytesOf([rule]);
  });
  expect(differences.sort((a, b) => a - b)[2]).toBeGreaterThan(100_000);
});

describe('what flows may hold together is bounded', () => {
  test('by tiny segments that came early, whose upkeep counts too', () => {
    const { engine, memory } = newEngine(100_000);
    for (let port = 1; port <= 200; port++) {
      const ends = { ...ENDS, srcPort: port };
      take(engine, tcpFrame({ ...ends, seq: 0, ack: 0, flags: 'S' }));
      for (let i = 1; i <= 20; i++) {
        take(engine, tcpFrame({ ...ends, seq: 1 + 2 * i, ack: 1, flags: 'A', payload: hex`16` }));
      }
    }
    expect(memory.used).toBeGreaterThan(memory.limit / 2);
    expect(memory.used).toBeLessThanOrEqual(memory.limit);
    expectNothingHeld(engine, memory);
  });

  test.each(['first', 'early'])('by streams of which a byte is there, the %s', (which) => {
    const keyword = keywords('payload', { keywords: ['secret'], patterns: [] });
    const { engine, memory } = newEngine(100_000, [
      { name: 'payload', trigger: keyword, action: RESET },
    ]);
    for (let port = 1; port <= 300; port++) {
      const ends = { ...ENDS, srcPort: port };
      take(engine, tcpFrame({ ...ends, seq: 0, ack: 0, flags: 'S' }));
      const seq = which === 'first' ? 1 : 2;
      take(engine, tcpFrame({ ...ends, seq, ack: 1, flags: 'A', payload: hex`99` }));
    }
    expect(memory.used).toBeGreaterThan(memory.limit / 2);
    expect(memory.used).toBeLessThanOrEqual(memory.limit);
    expectNothingHeld(engine, memory);
  });

  test('by what QUIC clients say far into their streams', () => {
    const { engine, memory } = newEngine(300_000);
    const payload = clientDatagram({ dcid: DCID, frames: [cryptoFrame(60_000, hex`01`)] });
    for (let port = 1; port <= 20; port++)
      take(engine, udpFrame({ ...ENDS, srcPort: port, payload }));
    expect(memory.used).toBeGreaterThan(memory.limit / 2);
    expect(memory.used).toBeLessThanOrEqual(memory.limit);
    expectNothingHeld(engine, memory);
  });

  test('of datagrams nothing else is kept, however large', async () => {
    const { engine, memory } = newEngine(1e7);
    const frames = [cryptoFrame(100, hex`01`), new Uint8Array(8000)];
    const payload = clientDatagram({ dcid: DCID, frames });
    const before = await bytesInBuffers();
    for (let port = 1; port <= 200; port++)
      take(engine, udpFrame({ ...ENDS, srcPort: port, payload }));
    expect((await bytesInBuffers()) - before).toBeLessThan(memory.used);
    expectNothingHeld(engine, memory);
  });

  test('and a hello that was read is held until no second one can follow', () => {
    const { engine, memory } = newEngine(100_000);
    const payload = clientDatagram({
      dcid: DCID,
      frames: [cryptoFrame(0, hex`01 00 00 02 03 03`)],
    });
    take(engine, udpFrame({ ...ENDS, payload }));
    expect(memory.used).toBeGreaterThan(0);
    const next = longPacket({ type: 'handshake', dcid: DCID, length: 100 });
    take(engine, udpFrame({ ...ENDS, payload: next }));
    expect(memory.used).toBe(0);
  });
});

function newEngine(
  limit: number,
  more: readonly Rule[] = [],
): { engine: Engine; memory: MemoryBudget } {
  const memory = new MemoryBudget(limit);
  const list = { names: ['a'], how: 'exact', normalise: strict.host.normalise } as const;
  const rules: Rule[] = [
    { name: 'https', trigger: names('tls.sni', list), action: RESET },
    { name: 'quic', trigger: names('quic.sni', list), action: RESET },
    ...more,
  ];
  return { engine: new Engine({ policy: { model: strict, rules }, memory }), memory };
}

/** What is collected is given back only later, in the background: until that shows. */
async function bytesInBuffers(): Promise<number> {
  for (let before = Number.POSITIVE_INFINITY, round = 0; ; round++) {
    gc?.();
    await setTimeout(10);
    const { arrayBuffers } = process.memoryUsage();
    if (round > 2 && arrayBuffers >= before) return arrayBuffers;
    before = arrayBuffers;
  }
}

/** Long after, when other flows begin. */
function expectNothingHeld(engine: Engine, memory: MemoryBudget): void {
  for (let i = 1; i <= 20; i++) {
    take(engine, tcpFrame({ ...ENDS, srcPort: 9000 + i, seq: 0, ack: 0, flags: 'S' }), 1e9 * i);
  }
  expect(engine.flowCount).toBe(1);
  expect(memory.used).toBe(0);
}

function take(engine: Engine, frame: Uint8Array, now = 0): void {
  expect(engine.decide(frame, 0, frame.length, now).kind).toBe('accept');
}
