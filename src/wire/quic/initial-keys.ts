import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { QUIC_V2 } from './version.ts';

/** What protects the Initials of one direction (RFC 9001 §5.1). */
export interface InitialKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  /** The header protection key. */
  readonly hp: Uint8Array;
}

/**
 * RFC 9001 §5.2, RFC 9369 §3.3. `dcid` is the Destination Connection ID of the client's first Initial, or of its first
 * after a Retry, for both directions and the whole connection.
 */
export function deriveInitialKeys(
  version: number,
  dcid: Uint8Array,
  from: 'client' | 'server',
): InitialKeys {
  const { salt, key, iv, hp } = version === QUIC_V2 ? V2 : V1;
  const initialSecret = extract(sha256, dcid, salt);
  const secret = expand(sha256, initialSecret, from === 'client' ? CLIENT_IN : SERVER_IN, 32);
  return {
    key: expand(sha256, secret, key, 16),
    iv: expand(sha256, secret, iv, 12),
    hp: expand(sha256, secret, hp, 16),
  };
}

/** HkdfLabel without a context (RFC 8446 §7.1), for `length` bytes. */
function hkdfLabel(name: string, length: number): Uint8Array {
  const label = `tls13 ${name}`;
  const chars = Array.from(label, (char) => char.charCodeAt(0));
  return Uint8Array.of(0, length, label.length, ...chars, 0);
}

const CLIENT_IN = hkdfLabel('client in', 32);
const SERVER_IN = hkdfLabel('server in', 32);
const V1 = {
  salt: Uint8Array.of(
    ...[0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17],
    ...[0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a],
  ),
  key: hkdfLabel('quic key', 16),
  iv: hkdfLabel('quic iv', 12),
  hp: hkdfLabel('quic hp', 16),
};
const V2 = {
  salt: Uint8Array.of(
    ...[0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93],
    ...[0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9],
  ),
  key: hkdfLabel('quicv2 key', 16),
  iv: hkdfLabel('quicv2 iv', 12),
  hp: hkdfLabel('quicv2 hp', 16),
};
