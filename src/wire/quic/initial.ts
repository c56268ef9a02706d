import { ecb, gcm } from '@noble/ciphers/aes.js';
import { putU32, u8 } from '../../base/bytes.ts';
import { deriveInitialKeys, type InitialKeys } from './initial-keys.ts';
import type { LongHeader } from './long-header.ts';

/** `short`: too few bytes for any Initial. `unauthentic`: other bytes than were sent, or sent under other keys. */
export type InitialOutcome = 'opened' | 'not-initial' | 'short' | 'unauthentic';

/**
 * Opens the Initials of one flow, whose keys anybody can derive who has seen the client's first (RFC 9001 §5.2).
 * Derived keys are kept for a few connections, and with them the packet number, of which a packet shows the end alone.
 */
export class InitialDecrypter {
  /** The frames of the Initial opened last, in an array of their own. */
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  packetNumber = -1;
  /** The latest last. */
  readonly #spaces: InitialSpace[] = [];

  /** Total. `dcid` is the one keys are derived from, whatever this packet's is: see `deriveInitialKeys`. */
  open(header: LongHeader, from: 'client' | 'server', dcid: Uint8Array): InitialOutcome {
    this.forget();
    if (header.status !== 'initial') return 'not-initial';
    if (header.length < SAMPLE_AT + SAMPLE_LENGTH) return 'short';
    const space = this.#spaceOf(header.version, from, dcid);
    const plainHeader = unprotectHeader(header, space.keys.hp);
    const packetNumber = fullPacketNumber(plainHeader, space.largest);
    const frames = decrypt(header, space.keys, plainHeader, packetNumber);
    if (frames === undefined) return 'unauthentic';
    space.largest = Math.max(space.largest, packetNumber);
    this.bytes = frames;
    this.end = frames.length;
    this.packetNumber = packetNumber;
    return 'opened';
  }

  /** Lets go of the frames; keys are kept. */
  forget(): void {
    this.bytes = EMPTY;
    this.end = 0;
    this.packetNumber = -1;
  }

  #spaceOf(version: number, from: 'client' | 'server', dcid: Uint8Array): InitialSpace {
    for (const space of this.#spaces) {
      if (space.version === version && space.from === from && isEqual(space.dcid, dcid))
        return space;
    }
    if (this.#spaces.length === MOST_SPACES) this.#spaces.shift();
    const keys = deriveInitialKeys(version, dcid, from);
    const space: InitialSpace = { version, from, dcid: dcid.slice(), keys, largest: -1 };
    this.#spaces.push(space);
    return space;
  }
}

/** The packet number space of one direction's Initials. */
interface InitialSpace {
  readonly version: number;
  readonly from: 'client' | 'server';
  readonly dcid: Uint8Array;
  readonly keys: InitialKeys;
  /** The largest packet number opened; -1 before the first. */
  largest: number;
}

/** RFC 9001 §5.4.1: a copy of the header, as it was before it was protected, up to the end of its packet number. */
function unprotectHeader(header: LongHeader, hp: Uint8Array): Uint8Array {
  const { bytes, at, packetNumberAt } = header;
  const sampleAt = packetNumberAt + SAMPLE_AT;
  const sample = bytes.subarray(sampleAt, sampleAt + SAMPLE_LENGTH);
  const mask = ecb(hp, { disablePadding: true }).encrypt(sample);
  const first = u8(bytes, at) ^ (u8(mask, 0) & 0x0f);
  const length = packetNumberLength(first);
  const plain = bytes.slice(at, packetNumberAt + length);
  plain[0] = first;
  const plainAt = plain.length - length;
  for (let i = 0; i < length; i++) plain[plainAt + i] = u8(plain, plainAt + i) ^ u8(mask, 1 + i);
  return plain;
}

/** RFC 9000 §A.3: of all numbers that end so, the nearest to the one after the largest. */
function fullPacketNumber(plainHeader: Uint8Array, largest: number): number {
  const length = packetNumberLength(u8(plainHeader, 0));
  let shown = 0;
  for (let i = plainHeader.length - length; i < plainHeader.length; i++) {
    shown = shown * 256 + u8(plainHeader, i);
  }
  const window = 256 ** length;
  const expected = largest + 1;
  const candidate = expected - (expected % window) + shown;
  if (candidate <= expected - window / 2) return candidate + window;
  if (candidate > expected + window / 2 && candidate >= window) return candidate - window;
  return candidate;
}

function packetNumberLength(first: number): number {
  return (first & 0x03) + 1;
}

function decrypt(
  header: LongHeader,
  keys: InitialKeys,
  plainHeader: Uint8Array,
  packetNumber: number,
): Uint8Array | undefined {
  const nonce = Uint8Array.from(keys.iv);
  const number = new Uint8Array(8);
  putU32(number, 0, Math.floor(packetNumber / 2 ** 32));
  putU32(number, 4, packetNumber);
  for (let i = 0; i < 8; i++) nonce[4 + i] = u8(nonce, 4 + i) ^ u8(number, i);
  const protectedBytes = header.bytes.subarray(header.at + plainHeader.length, header.packetEnd);
  try {
    return gcm(keys.key, nonce, plainHeader).decrypt(protectedBytes);
  } catch {
    // Every length was checked: the one thing left that it can object to is the tag.
    return undefined;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (u8(one, i) !== u8(other, i)) return false;
  return true;
}

const EMPTY = new Uint8Array(0);
/** RFC 9001 §5.4.2: as if the packet number took four bytes. */
const SAMPLE_AT = 4;
const SAMPLE_LENGTH = 16;
/** Both directions in both versions. */
const MOST_SPACES = 4;
