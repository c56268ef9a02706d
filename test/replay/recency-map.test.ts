import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecencyMap } from '../../src/replay/recency-map.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { udpFrame } from '../support/datagrams.ts';
import { tcpFrame } from '../support/packets.ts';

const ENDS = { src: '10.0.0.1', dst: '10.0.0.2', dstPort: 80 };
const BACK = { src: ENDS.dst, dst: ENDS.src, srcPort: ENDS.dstPort };
const NOTHING = new Uint8Array(0);
const CAPACITY = 3;
/** Each as its two directions. */
const FLOWS = [
  [tcp({ ...ENDS, srcPort: 1 }), tcp({ ...BACK, dstPort: 1 })],
  [tcp({ ...ENDS, srcPort: 2 }), tcp({ ...BACK, dstPort: 2 })],
  [
    view(udpFrame({ ...ENDS, srcPort: 1, payload: NOTHING })),
    view(udpFrame({ ...BACK, dstPort: 1, payload: NOTHING })),
  ],
  [
    tcp({ src: 'fd00::1', dst: 'fd00::2', srcPort: 1, dstPort: 80 }),
    tcp({ src: 'fd00::2', dst: 'fd00::1', srcPort: 80, dstPort: 1 }),
  ],
] as const;

interface Held {
  readonly flow: number;
  readonly way: number;
  readonly value: number;
}

test('behaves as a list of flows, the one used last at its end', () => {
  const step = fc.record({
    does: fc.constantFrom('set', 'use', 'get', 'deleteOldest', 'deleteWhere'),
    flow: fc.nat(FLOWS.length - 1),
    way: fc.constantFrom(0, 1),
    value: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const map = new RecencyMap<number>(CAPACITY);
      let list: Held[] = [];
      for (const { does, flow, way, value } of steps) {
        const packet = FLOWS[flow]?.[way] as PacketView;
        const known = list.find((one) => one.flow === flow);
        const others = list.filter((one) => one !== known);
        if (does === 'set') {
          map.set(packet, value);
          list = [...others, { flow, way: known?.way ?? way, value }].slice(-CAPACITY);
          expect(map.isForward).toBe((known?.way ?? way) === way);
        } else if (does === 'use' || does === 'get') {
          expect(map[does](packet)).toBe(known?.value);
          if (known !== undefined) expect(map.isForward).toBe(known.way === way);
          if (known !== undefined && does === 'use') list = [...others, known];
        } else if (does === 'deleteOldest') {
          map.deleteOldest();
          list = list.slice(1);
        } else {
          const gone = list.filter((one) => one.value < value).map((one) => one.value);
          expect(map.deleteWhere((one) => one < value)).toEqual(gone);
          list = list.filter((one) => one.value >= value);
        }
        expect([...map.values()]).toEqual(list.map((one) => one.value));
        expect([map.size, map.oldest]).toEqual([list.length, list[0]?.value]);
      }
    }),
  );
});

function tcp(ends: { src: string; dst: string; srcPort: number; dstPort: number }): PacketView {
  return view(tcpFrame({ ...ends, seq: 1, ack: 1, flags: 'A' }));
}

function view(frame: Uint8Array): PacketView {
  return new PacketView().decode(frame, 0, frame.length);
}
