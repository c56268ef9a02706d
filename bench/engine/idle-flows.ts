import { putU32 } from '../../src/base/bytes.ts';
import { Engine } from '../../src/engine/engine.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import { clientHello, tcpFrame } from '../../test/support/packets.ts';
import { listed } from './cases.ts';

/** What a table takes for each flow that has come as far as its ClientHello, its part of the table included. */
export function bytesPerIdleFlow(): number {
  const model = { ...PLAIN, tcb: { ...PLAIN.tcb, capacity: FLOWS } };
  const before = memory();
  const engine = new Engine({ policy: { model, rules: listed(model, new Uint8Array(0)) } });
  const frames = opening();
  for (let i = 0; i < FLOWS; i++) {
    for (const { frame, clientAt } of frames) {
      putU32(frame, clientAt, 0x0a00_0000 + i);
      engine.decide(frame, 0, frame.length, 0);
    }
  }
  if (engine.flowCount !== FLOWS) throw new Error(`${engine.flowCount} flows are open`);
  return (memory() - before) / FLOWS;
}

function opening(): { frame: Uint8Array; clientAt: number }[] {
  const along = { src: '10.0.0.0', dst: '198.18.0.80', srcPort: 40_000, dstPort: 443 };
  const back = { src: along.dst, dst: along.src, srcPort: 443, dstPort: 40_000 };
  const payload = clientHello({ sni: 'www.example.org' });
  return [
    { frame: tcpFrame({ ...along, seq: 0, ack: 0, flags: 'S' }), clientAt: SRC_AT },
    { frame: tcpFrame({ ...back, seq: 0, ack: 1, flags: 'SA' }), clientAt: DST_AT },
    { frame: tcpFrame({ ...along, seq: 1, ack: 1, flags: 'A' }), clientAt: SRC_AT },
    { frame: tcpFrame({ ...along, seq: 1, ack: 1, flags: 'PA', payload }), clientAt: SRC_AT },
  ];
}

function memory(): number {
  if (gc === undefined) throw new Error('run with node --expose-gc');
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const FLOWS = 200_000;
const SRC_AT = 26;
const DST_AT = 30;
