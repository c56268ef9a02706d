import { counted } from '../../base/counted.ts';
import { ACK, RST, SYN } from '../../wire/tcp.ts';
import type { WebCarrier } from '../carrier.ts';
import type { TcpHeader } from '../packet.ts';
import type { Shape, WirePacket } from '../shape.ts';

/** What went before the request. */

/** SYNs without payload, and nothing else. */
export const plainSyn: Shape = (wire) =>
  opening(wire).every(({ packet, tcp }) => flagsOf(tcp) === SYN && packet.payload.length === 0)
    ? undefined
    : 'nothing but plain SYNs before the handshake';

export function synWithPayload(length: number): Shape {
  return (wire) =>
    opening(wire).every(
      ({ packet, tcp }) => flagsOf(tcp) === SYN && packet.payload.length === length,
    )
      ? undefined
      : `a SYN with ${counted(length, 'byte')}`;
}

/** A SYN with ACK, of the same sequence number, and then the SYN. */
export const synAckBeforeSyn: Shape = (wire) => {
  const [first, second] = opening(wire);
  const isThere =
    first !== undefined &&
    flagsOf(first.tcp) === (SYN | ACK) &&
    first.packet.payload.length === 0 &&
    second !== undefined &&
    flagsOf(second.tcp) === SYN &&
    second.tcp.seq === first.tcp.seq;
  return isThere ? undefined : 'a SYN with ACK before the SYN';
};

/** In every packet that leaves before the server has said something; nothing multiplies it. */
export function windowOf(window: number): Shape {
  return (wire) => {
    const answered = wire.findIndex(({ way, packet }) => way === 'in' && packet.payload.length > 0);
    const own = outgoing(answered < 0 ? wire : wire.slice(0, answered));
    const isThere = own.every(
      ({ tcp }) =>
        (tcp.flags & RST) !== 0 ||
        (tcp.window === window &&
          !(flagsOf(tcp) === SYN && tcp.options.some(({ kind }) => kind === WINDOW_SCALE))),
    );
    return isThere ? undefined : `a window of ${counted(window, 'byte')}`;
  };
}

export function toPort(ports: Partial<Readonly<Record<WebCarrier | 'dns', number>>>): Shape {
  return (wire, { carrier }) => {
    const port = ports[carrier];
    const [syn] = opening(wire);
    return syn !== undefined && syn.tcp.dstPort === port ? undefined : `a SYN to port ${port}`;
  };
}

interface OwnSegment extends WirePacket {
  readonly tcp: TcpHeader;
}

/** What the client sent until the server agreed to a connection. */
function opening(wire: readonly WirePacket[]): OwnSegment[] {
  const answered = wire.findIndex(
    ({ way, packet: { tcp } }) => way === 'in' && tcp !== undefined && flagsOf(tcp) === (SYN | ACK),
  );
  return outgoing(wire.slice(0, Math.max(answered, 0)));
}

function outgoing(wire: readonly WirePacket[]): OwnSegment[] {
  return wire.flatMap((one) => {
    const { tcp } = one.packet;
    return one.way === 'out' && tcp !== undefined ? [{ ...one, tcp }] : [];
  });
}

function flagsOf({ flags }: TcpHeader): number {
  return flags & (SYN | ACK | RST);
}

const WINDOW_SCALE = 3;
