import { copyPacket, type Packet, rightTcpChecksum, type TcpOption } from './packet.ts';
import type { Facts } from './strategy.ts';

/**
 * Changes a packet so that a Linux server refuses it, and a box that does not look as closely takes it for the client's; of a packet
 * that is the caller's own.
 */
export type Trick = (packet: Packet, facts: Facts) => void;

export const wrongChecksum: Trick = (packet) => {
  if (packet.tcp !== undefined) packet.tcp.checksum = rightTcpChecksum(packet) ^ 0x1234;
};

/** It passes the box, and does not reach the server. */
export const dyingTtl: Trick = ({ ip }, facts) => {
  ip.ttl = facts.dyingTtl;
};

export function seqBy(distance: number): Trick {
  return ({ tcp }) => {
    if (tcp !== undefined) tcp.seq = (tcp.seq + distance) >>> 0;
  };
}

export function ackBy(distance: number): Trick {
  return ({ tcp }) => {
    if (tcp !== undefined) tcp.ack = (tcp.ack + distance) >>> 0;
  };
}

/** RFC 2385; a server that has no key for the client refuses it. */
export const md5Signature: Trick = ({ tcp }) => {
  if (tcp !== undefined)
    tcp.options = [...tcp.options, { kind: MD5_SIGNATURE, value: new Uint8Array(16) }];
};

/** RFC 7323 §5.3, where timestamps were agreed upon; otherwise nothing is changed. */
export function timestampBy(distance: number): Trick {
  return ({ tcp }) => {
    if (tcp !== undefined) tcp.options = tcp.options.map((option) => shifted(option, distance));
  };
}

export function withFlags(flags: number): Trick {
  return ({ tcp }) => {
    if (tcp !== undefined) tcp.flags = flags;
  };
}

/** In words, however long the header is. */
export function claimedDataOffset(words: number): Trick {
  return ({ tcp }) => {
    if (tcp !== undefined) tcp.dataOffset = words;
  };
}

/** A copy on which tricks were played. */
export function tricked(packet: Packet, facts: Facts, ...tricks: readonly Trick[]): Packet {
  const copy = copyPacket(packet);
  for (const trick of tricks) trick(copy, facts);
  return copy;
}

function shifted(option: TcpOption, distance: number): TcpOption {
  if (option.kind !== TIMESTAMPS || option.value.length !== 8) return option;
  const value = option.value.slice();
  const view = new DataView(value.buffer);
  view.setUint32(0, (view.getUint32(0) + distance) >>> 0);
  return { ...option, value };
}

const TIMESTAMPS = 8;
const MD5_SIGNATURE = 19;
