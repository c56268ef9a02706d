import { buildPacket, concat, type Packet, parseAsSent } from '../packet.ts';
import type { WirePacket } from '../shape.ts';

export interface WholePacket extends WirePacket {
  /** Where its fragments end but the last, in what follows the IP header; none of what was never cut. */
  readonly fragmentEnds: readonly number[];
}

/** Fragments of IPv4 become the packet that they are of, in the place of the last to be sent. */
export function wholePackets(wire: readonly WirePacket[]): WholePacket[] {
  const waiting = new Map<number, Packet[]>();
  return wire.flatMap((one): WholePacket[] => {
    const { ip } = one.packet;
    const isFragment = ip.fragmentOffset > 0 || (ip.flags & MORE_FRAGMENTS) !== 0;
    if (!isFragment) return [{ ...one, fragmentEnds: [] }];
    const parts = [...(waiting.get(ip.id) ?? []), one.packet];
    waiting.set(ip.id, parts);
    const whole = joined(parts);
    if (whole === undefined) return [];
    waiting.delete(ip.id);
    return [{ ...one, ...whole }];
  });
}

/** Undefined while one is missing. */
function joined(
  parts: readonly Packet[],
): { packet: Packet; fragmentEnds: readonly number[] } | undefined {
  const sorted = parts.toSorted((a, b) => a.ip.fragmentOffset - b.ip.fragmentOffset);
  const fragmentEnds: number[] = [];
  let end = 0;
  for (const { ip, payload } of sorted) {
    if (8 * ip.fragmentOffset !== end) return undefined;
    end += payload.length;
    if ((ip.flags & MORE_FRAGMENTS) !== 0) fragmentEnds.push(end);
  }
  const [first] = sorted;
  if (first === undefined || fragmentEnds.length === sorted.length) return undefined;
  const ip = { ...first.ip, flags: 0, fragmentOffset: 0 };
  const payload = concat(...sorted.map((part) => part.payload));
  const packet = parseAsSent(buildPacket({ ...first, ip, payload }));
  return packet && { packet, fragmentEnds };
}

const MORE_FRAGMENTS = 1;
