import { ACK, PSH, URG } from '../../wire/tcp.ts';
import { concat, copyPacket, type Packet } from '../packet.ts';
import { findName, middleOfName } from '../request.ts';
import { atOnce, type Rewriter } from '../rewriter.ts';
import { cut } from '../segments.ts';
import { bytes, sends } from '../shapes/sends.ts';
import type { Facts, Strategy } from '../strategy.ts';

export const urgentByte: Strategy = {
  id: 'urgent-byte',
  number: 'D5',
  class: 'parser',
  does: 'An urgent byte inside the name, which the server’s program does not see among the others.',
  needs: 'A server without SO_OOBINLINE.',
  source: 'byedpi --oob',
  says: (said, { name }) => {
    const middle = middleOfName(said, name);
    return concat(said.subarray(0, middle), Uint8Array.of(URGENT), said.subarray(middle));
  },
  rewriter: markUrgent,
  shape: sends(bytes(0, 'inside', { flags: PSH | ACK | URG, urgent: 0 }), bytes('inside', 'end')),
};

/** The program has said the byte; what carries it says that it is urgent, also when it is sent again. */
function markUrgent({ name }: Facts): Rewriter {
  const middle = Math.floor(name.length / 2);
  const written = `${name.slice(0, middle)}${String.fromCharCode(URGENT)}${name.slice(middle)}`;
  /** One past the byte. */
  let urgentEnd: number | undefined;
  return {
    out: (packet) => {
      const { tcp, payload } = packet;
      if (tcp === undefined || payload.length === 0) return undefined;
      const at = urgentEnd === undefined ? findName(payload, written) : -1;
      if (at >= 0) urgentEnd = (tcp.seq + at + middle + 1) >>> 0;
      if (urgentEnd === undefined) return undefined;
      const pointer = (urgentEnd - tcp.seq) | 0;
      if (pointer <= 0 || pointer > payload.length) return undefined;
      const [first, ...rest] = cut(packet, pointer);
      return [urgent(first as Packet, pointer), ...rest].map(atOnce);
    },
  };
}

function urgent(packet: Packet, pointer: number): Packet {
  const copy = copyPacket(packet);
  if (copy.tcp === undefined) return copy;
  copy.tcp.flags |= URG;
  copy.tcp.urgentPointer = pointer;
  return copy;
}

const URGENT = 0x61;
