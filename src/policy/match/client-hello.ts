import { u16 } from '../../base/bytes.ts';
import { ja3, ja3Text, ja4 } from '../../wire/tls/fingerprint.ts';
import type { Observation } from '../observation.ts';
import type { Matcher } from './matcher.ts';

/** What must hold of a ClientHello, all of it; what is not named does not matter. */
export interface ClientHelloPattern {
  /** MD5 in hexadecimal, or the text it is made of. */
  readonly ja3?: readonly string[] | undefined;
  readonly ja4?: readonly string[] | undefined;
  /** Exactly these, in this order. */
  readonly ciphers?: readonly number[] | undefined;
  readonly sni?: 'absent' | 'present' | undefined;
  readonly ech?: boolean | undefined;
  readonly esni?: boolean | undefined;
}

/** A ClientHello, over TCP or in QUIC, of which all of the pattern holds. */
export function clientHello(pattern: ClientHelloPattern): Matcher {
  return { observes: 'tls.client-hello', matches: (seen) => hasAll(seen, pattern) };
}

function hasAll(seen: Observation, pattern: ClientHelloPattern): boolean {
  const { hello } = seen;
  const { sni, ech, esni, ciphers } = pattern;
  if (sni === 'absent' && (hello.hasServerNameExtension || !hello.hasAllExtensions)) return false;
  if (sni === 'present' && !hello.hasServerNameExtension) return false;
  if (ech !== undefined && hello.hasEch !== ech) return false;
  if (esni !== undefined && hello.hasEsni !== esni) return false;
  if (ciphers !== undefined && !hasCiphers(seen, ciphers)) return false;
  seen.text = textOf(pattern);
  return hasFingerprint(seen, pattern);
}

function hasCiphers({ hello }: Observation, ciphers: readonly number[]): boolean {
  const { bytes, cipherSuitesAt, cipherSuitesEnd } = hello;
  if (cipherSuitesAt < 0 || cipherSuitesEnd - cipherSuitesAt !== 2 * ciphers.length) return false;
  return ciphers.every((cipher, i) => u16(bytes, cipherSuitesAt + 2 * i) === cipher);
}

/** Fingerprints are computed last, of what fits otherwise. */
function hasFingerprint(seen: Observation, pattern: ClientHelloPattern): boolean {
  const { hello } = seen;
  if (pattern.ja3 !== undefined) {
    const hash = ja3(hello);
    if (!pattern.ja3.includes(hash) && !pattern.ja3.includes(ja3Text(hello))) return false;
    seen.text = `ja3 ${hash}`;
  }
  if (pattern.ja4 !== undefined) {
    const text = ja4(hello, seen.isQuic ? 'q' : 't');
    if (!pattern.ja4.includes(text)) return false;
    seen.text = `ja4 ${text}`;
  }
  return true;
}

function textOf({ sni, ech, esni, ciphers }: ClientHelloPattern): string {
  const parts = [
    sni === undefined ? '' : `sni ${sni}`,
    ech === undefined ? '' : `ech ${ech}`,
    esni === undefined ? '' : `esni ${esni}`,
    ciphers === undefined ? '' : 'cipher list',
  ];
  return parts.filter((part) => part !== '').join(', ') || 'any';
}
