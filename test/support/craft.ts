import { CLOCK, type Endpoint, timestamps } from './linux-end.ts';
import { concat, edit, tcpFrame } from './packets.ts';

/** One packet of an IPv4 connection; what is left out is as the sender's TCP would have it. */
export interface Sent {
  /** Of its first byte, counted from the first that its sender says; the SYN has -1. */
  readonly at: number;
  readonly payload?: Uint8Array;
  /** Letters of `FSRPAU`. */
  readonly flags?: string;
  readonly ttl?: number;
  /** How much of what the other end says it acknowledges; below 0, of what came before. */
  readonly ackAt?: number;
  /** With timestamps, and so much off the right one. */
  readonly timestampBy?: number;
  /** With an MD5 signature (RFC 2385) of zeros. */
  readonly hasMd5?: boolean;
  readonly urgentPointer?: number;
  /** In words; the header stays as long as it is. */
  readonly dataOffset?: number;
  readonly wrong?: 'tcp-checksum' | 'ip-checksum';
}

export function craft(from: Endpoint, to: Endpoint, sent: Sent): Uint8Array {
  const { at, payload = new Uint8Array(0), flags = 'PA', ttl = 64, ackAt = 0 } = sent;
  const { timestampBy, hasMd5 = false } = sent;
  const tcpOptions = concat(
    timestampBy === undefined ? NONE : timestamps(CLOCK + timestampBy, 0),
    hasMd5 ? MD5 : NONE,
  );
  const frame = tcpFrame({
    src: from.address,
    dst: to.address,
    srcPort: from.port,
    dstPort: to.port,
    seq: from.isn + 1 + at,
    ack: flags.includes('A') ? to.isn + 1 + ackAt : 0,
    flags,
    ttl,
    tcpOptions,
    payload,
  });
  return spoilt(withFields(frame, sent), sent.wrong);
}

/** What the checksum counts, so that it stays right. */
function withFields(frame: Uint8Array, { urgentPointer = 0, dataOffset }: Sent): Uint8Array {
  const offset = dataOffset === undefined ? (frame[TCP + 12] ?? 0) : dataOffset << 4;
  const grown = ((offset - (frame[TCP + 12] ?? 0)) << 8) + urgentPointer;
  const changed = edit(edit(frame, TCP + 12, offset), TCP + 18, ...bytesOf(urgentPointer));
  return addAt(changed, TCP + 16, -grown);
}

function spoilt(frame: Uint8Array, wrong: Sent['wrong']): Uint8Array {
  if (wrong === undefined) return frame;
  return addAt(frame, wrong === 'tcp-checksum' ? TCP + 16 : IP + 10, 0x1234);
}

/** In one's complement (RFC 1624), to the 16 bits at `at`. */
function addAt(frame: Uint8Array, at: number, value: number): Uint8Array {
  const old = ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
  return edit(frame, at, ...bytesOf((((old + value) % 0xffff) + 0xffff) % 0xffff));
}

function bytesOf(value: number): [number, number] {
  return [value >>> 8, value & 0xff];
}

const NONE = new Uint8Array(0);
const MD5 = Uint8Array.of(1, 1, 19, 18, ...new Uint8Array(16));
/** Where the headers begin in a frame without IP options. */
const IP = 14;
const TCP = 34;
