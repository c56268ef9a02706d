import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { MemoryBudget } from '../../src/flow/memory-budget.ts';
import { names } from '../../src/policy/match/names.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { RESET } from '../support/censors.ts';
import { udpFrame } from '../support/datagrams.ts';
import { hex, tcpFrame } from '../support/packets.ts';
import { clientDatagram, cryptoFrame } from '../support/quic.ts';

const { strict } = PRESETS;
const ENDS = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 1, dstPort: 443 };
const DCID = hex`83 94 c8 f0 3e 51 57 08`;

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

  test('by what QUIC clients say far into their streams', () => {
    const { engine, memory } = newEngine(300_000);
    const payload = clientDatagram({ dcid: DCID, frames: [cryptoFrame(60_000, hex`01`)] });
    for (let port = 1; port <= 20; port++)
      take(engine, udpFrame({ ...ENDS, srcPort: port, payload }));
    expect(memory.used).toBeGreaterThan(memory.limit / 2);
    expect(memory.used).toBeLessThanOrEqual(memory.limit);
    expectNothingHeld(engine, memory);
  });

  test('of datagrams nothing else is kept, however large', () => {
    const { engine, memory } = newEngine(1e7);
    const frames = [cryptoFrame(100, hex`01`), new Uint8Array(8000)];
    const payload = clientDatagram({ dcid: DCID, frames });
    const before = bytesInBuffers();
    for (let port = 1; port <= 200; port++)
      take(engine, udpFrame({ ...ENDS, srcPort: port, payload }));
    expect(bytesInBuffers() - before).toBeLessThan(memory.used);
    expectNothingHeld(engine, memory);
  });

  test('and a hello that was read is held no longer', () => {
    const { engine, memory } = newEngine(100_000);
    const payload = clientDatagram({
      dcid: DCID,
      frames: [cryptoFrame(0, hex`01 00 00 02 03 03`)],
    });
    take(engine, udpFrame({ ...ENDS, payload }));
    expect(memory.used).toBe(0);
  });
});

function newEngine(limit: number): { engine: Engine; memory: MemoryBudget } {
  const memory = new MemoryBudget(limit);
  const list = { names: ['a'], how: 'exact', normalise: strict.host.normalise } as const;
  const rules: Rule[] = [
    { name: 'https', trigger: names('tls.sni', list), action: RESET },
    { name: 'quic', trigger: names('quic.sni', list), action: RESET },
  ];
  return { engine: new Engine({ policy: { model: strict, rules }, memory }), memory };
}

function bytesInBuffers(): number {
  gc?.();
  return process.memoryUsage().arrayBuffers;
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
