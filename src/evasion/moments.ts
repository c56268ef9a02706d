import { ACK, RST, SYN } from '../wire/tcp.ts';
import { copyPacket, type Packet } from './packet.ts';
import { findName } from './request.ts';
import { atOnce, type Outgoing, type Rewriter } from './rewriter.ts';
import type { Facts } from './strategy.ts';

/* When in a connection a strategy does what it does: once. What is sent again is sent as the kernel has it. */

type Make = (packet: Packet, facts: Facts) => readonly Packet[] | readonly Outgoing[];

/** In place of the first packet that carries anything. */
export function onFirstPayload(make: Make): (facts: Facts) => Rewriter {
  return once((packet) => carries(packet), make);
}

/** In place of the first packet in which the name is. */
export function onNamedPayload(make: Make): (facts: Facts) => Rewriter {
  return once((packet, { name }) => carries(packet) && findName(packet.payload, name) >= 0, make);
}

/** In place of the first datagram. */
export function onFirstDatagram(make: Make): (facts: Facts) => Rewriter {
  return once(({ udp }) => udp !== undefined, make);
}

/** In place of the SYN that opens the connection; of each, as it may be sent again. */
export function onSyn(make: Make): (facts: Facts) => Rewriter {
  return (facts) => ({
    out: (packet) => (isOpening(packet) ? asOutgoing(make(packet, facts)) : undefined),
  });
}

/** Before the first packet that carries anything, which follows as it is. */
export function beforeFirstPayload(make: Make): (facts: Facts) => Rewriter {
  return onFirstPayload((packet, facts) => [...asOutgoing(make(packet, facts)), atOnce(packet)]);
}

/** The same packet without its payload, as the client could have sent it before. */
export function emptied(packet: Packet, flags: number): Packet {
  const copy = copyPacket(packet);
  copy.payload = new Uint8Array(0);
  if (copy.tcp !== undefined) copy.tcp.flags = flags;
  return copy;
}

export function isReset({ tcp }: Packet): boolean {
  return tcp !== undefined && (tcp.flags & RST) !== 0;
}

function once(
  isIt: (packet: Packet, facts: Facts) => boolean,
  make: Make,
): (facts: Facts) => Rewriter {
  return (facts) => {
    let isDone = false;
    return {
      out: (packet) => {
        if (isDone || !isIt(packet, facts)) return undefined;
        isDone = true;
        return asOutgoing(make(packet, facts));
      },
    };
  };
}

function carries({ tcp, payload }: Packet): boolean {
  return tcp !== undefined && payload.length > 0 && (tcp.flags & SYN) === 0;
}

function isOpening({ tcp }: Packet): boolean {
  return tcp !== undefined && (tcp.flags & (SYN | ACK)) === SYN;
}

function asOutgoing(made: readonly Packet[] | readonly Outgoing[]): readonly Outgoing[] {
  return made.map((one) => ('packet' in one ? one : atOnce(one)));
}
