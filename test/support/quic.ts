import { createCipheriv, createHmac } from 'node:crypto';
import { ascii, concat } from './packets.ts';

/** One Initial packet; what is left out has a plain value. Nothing here is shared with the code under test. */
export interface Initial {
  readonly version?: number;
  readonly dcid: Uint8Array;
  readonly scid?: Uint8Array;
  /** What the keys are derived from, where that is not `dcid`: the DCID of the client's first Initial. */
  readonly keysFrom?: Uint8Array;
  readonly from?: 'client' | 'server';
  readonly token?: Uint8Array;
  readonly packetNumber?: number;
  readonly packetNumberLength?: 1 | 2 | 3 | 4;
  /** Bytes of the Length field. */
  readonly lengthSize?: 2 | 4 | 8;
  readonly frames: readonly Uint8Array[];
  /** PADDING frames are added until the packet has this length. */
  readonly padTo?: number;
}

export const QUIC_V1 = 1;
export const QUIC_V2 = 0x6b3343cf;

/** A protected Initial (RFC 9001 §5, RFC 9369 §3.3). */
export function initialPacket(initial: Initial): Uint8Array {
  const { packetNumberLength = 1, lengthSize = 2, padTo = 0 } = initial;
  const plain = concat(...initial.frames);
  const start = initialStart(initial);
  const around = start.length + lengthSize + packetNumberLength + TAG;
  const leastForSample = 4 - packetNumberLength;
  const length = Math.max(plain.length, padTo - around, leastForSample);
  const frames = concat(plain, new Uint8Array(length - plain.length));
  const lengthField = varint(packetNumberLength + length + TAG, lengthSize);
  const packetNumber = truncated(initial.packetNumber ?? 0, packetNumberLength);
  return protect(initial, concat(start, lengthField, packetNumber), frames);
}

/** A datagram as clients begin with: its Initial alone, padded to what RFC 9000 §14.1 asks for. */
export function clientDatagram(initial: Initial): Uint8Array {
  return initialPacket({ padTo: 1200, ...initial });
}

/** Long header packets of other types, with bytes that nobody can read as their protected part. */
export function longPacket(packet: {
  readonly type: 'zero-rtt' | 'handshake';
  readonly version?: number;
  readonly dcid: Uint8Array;
  readonly scid?: Uint8Array;
  readonly length: number;
}): Uint8Array {
  const { version = QUIC_V1, dcid, scid = new Uint8Array(0), length } = packet;
  const type = (packet.type === 'zero-rtt' ? 1 : 2) + (version === QUIC_V2 ? 1 : 0);
  const first = Uint8Array.of(0xc0 | (type << 4));
  const body = new Uint8Array(length).fill(0xee);
  return concat(first, versionAndIds(version, dcid, scid), varint(length, 2), body);
}

export function cryptoFrame(offset: number, contents: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(6), varint(offset), varint(contents.length), contents);
}

/** A CRYPTO frame for each stretch between two cuts, in the order of the message. */
export function cryptoFrames(message: Uint8Array, ...cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts, message.length];
  return ends.map((end, i) => cryptoFrame(cuts[i - 1] ?? 0, message.slice(cuts[i - 1] ?? 0, end)));
}

export function padding(length: number): Uint8Array {
  return new Uint8Array(length);
}

export const PING = Uint8Array.of(1);

/** `ranges` are pairs of gap and length; with ECN counts, the frame is of type 3. */
export function ackFrame(
  largest: number,
  ranges: readonly (readonly [gap: number, length: number])[] = [],
  ecn: readonly number[] = [],
): Uint8Array {
  const numbers = [largest, 25, ranges.length, 0, ...ranges.flat(), ...ecn];
  return concat(Uint8Array.of(ecn.length > 0 ? 3 : 2), ...numbers.map((number) => varint(number)));
}

export function closeFrame(reason: string): Uint8Array {
  return concat(Uint8Array.of(0x1c, 0x0a, 0x06), varint(reason.length), ascii(reason));
}

/** RFC 9000 §16, in as few bytes as do, or in as many as asked for. */
export function varint(value: number, size = value < 64 ? 1 : value < 16_384 ? 2 : 8): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  const short = Uint8Array.from(bytes.subarray(8 - size));
  short[0] = (short[0] ?? 0) | (Math.log2(size) << 6);
  return short;
}

export interface Keys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly hp: Uint8Array;
}

export function initialKeys(version: number, dcid: Uint8Array, from: 'client' | 'server'): Keys {
  const prefix = version === QUIC_V2 ? 'quicv2' : 'quic';
  const salt = version === QUIC_V2 ? SALT_V2 : SALT_V1;
  const secret = expandLabel(hmac(Buffer.from(salt, 'hex'), dcid), `${from} in`, 32);
  return {
    key: expandLabel(secret, `${prefix} key`, 16),
    iv: expandLabel(secret, `${prefix} iv`, 12),
    hp: expandLabel(secret, `${prefix} hp`, 16),
  };
}

/** Everything before the Length field; the first byte is not protected yet. */
function initialStart(initial: Initial): Uint8Array {
  const { version = QUIC_V1, dcid, scid = new Uint8Array(0), token = new Uint8Array(0) } = initial;
  const type = version === QUIC_V2 ? 1 : 0;
  const first = 0xc0 | (type << 4) | ((initial.packetNumberLength ?? 1) - 1);
  const ids = versionAndIds(version, dcid, scid);
  return concat(Uint8Array.of(first), ids, varint(token.length), token);
}

function versionAndIds(version: number, dcid: Uint8Array, scid: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(version);
  return concat(bytes, Uint8Array.of(dcid.length), dcid, Uint8Array.of(scid.length), scid);
}

function protect(initial: Initial, header: Uint8Array, frames: Uint8Array): Uint8Array {
  const { version = QUIC_V1, dcid, keysFrom = dcid, from = 'client' } = initial;
  const { packetNumber = 0, packetNumberLength = 1 } = initial;
  const { key, iv, hp } = initialKeys(version, keysFrom, from);
  const cipher = createCipheriv('aes-128-gcm', key, nonceOf(iv, packetNumber));
  cipher.setAAD(header);
  const sealed = concat(cipher.update(frames), cipher.final(), cipher.getAuthTag());
  const packet = concat(header, sealed);
  const numberAt = header.length - packetNumberLength;
  const sample = packet.slice(numberAt + 4, numberAt + 20);
  const mask = createCipheriv('aes-128-ecb', hp, null).update(sample);
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  for (let i = 0; i < packetNumberLength; i++) {
    packet[numberAt + i] = (packet[numberAt + i] ?? 0) ^ (mask[1 + i] ?? 0);
  }
  return packet;
}

function nonceOf(iv: Uint8Array, packetNumber: number): Uint8Array {
  const number = Buffer.alloc(12);
  number.writeBigUInt64BE(BigInt(packetNumber), 4);
  return iv.map((byte, i) => byte ^ (number[i] ?? 0));
}

function truncated(packetNumber: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(packetNumber));
  return Uint8Array.from(bytes.subarray(8 - length));
}

/** One block is enough for every key here. */
function expandLabel(secret: Uint8Array, name: string, length: number): Uint8Array {
  const label = ascii(`tls13 ${name}`);
  const info = concat(Uint8Array.of(0, length, label.length), label, Uint8Array.of(0));
  return hmac(secret, concat(info, Uint8Array.of(1))).slice(0, length);
}

function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return Uint8Array.from(createHmac('sha256', key).update(message).digest());
}

const TAG = 16;
const SALT_V1 = '38762cf7f55934b34d179ae6a4c80cadccbb7f0a';
const SALT_V2 = '0dede3def700a6db819381be6e269dcbf9bd2ed9';
