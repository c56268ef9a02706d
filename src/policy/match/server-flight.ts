import { printable, u16 } from '../../base/bytes.ts';
import { ja3s, ja3sText } from '../../wire/tls/fingerprint.ts';
import type { Observation } from '../observation.ts';
import type { Matcher } from './matcher.ts';
import { Pattern } from './pattern.ts';

/** What must hold of a server's first messages, all of it; what is not named does not matter. */
export interface ServerFlightPattern {
  /** The version negotiated, such as 0x0301. */
  readonly version?: readonly number[] | undefined;
  readonly cipher?: readonly number[] | undefined;
  /** Types of exactly these extensions, in this order. */
  readonly extensions?: readonly number[] | undefined;
  readonly sessionIdLength?: readonly number[] | undefined;
  readonly keyShareGroup?: readonly number[] | undefined;
  /** A regular expression for the subject's common name, which TLS 1.3 hides. */
  readonly subject?: string | undefined;
  readonly issuer?: string | undefined;
  readonly ja3s?: readonly string[] | undefined;
}

/** A ServerHello, with the Certificate that follows it where the pattern asks for that. */
export function serverFlight(pattern: ServerFlightPattern): Matcher {
  const subject = pattern.subject === undefined ? undefined : new Pattern(pattern.subject);
  const issuer = pattern.issuer === undefined ? undefined : new Pattern(pattern.issuer);
  return {
    observes: 'tls.server-flight',
    matches: (seen) => {
      if (!hasHello(seen, pattern)) return false;
      const { certificate } = seen;
      const { bytes, subjectCnAt, subjectCnEnd, issuerCnAt, issuerCnEnd } = certificate;
      const isSubject = subject === undefined || isIn(subject, bytes, subjectCnAt, subjectCnEnd);
      const isIssuer = issuer === undefined || isIn(issuer, bytes, issuerCnAt, issuerCnEnd);
      if (!isSubject || !isIssuer) return false;
      seen.text = textOf(seen, subject !== undefined);
      return pattern.ja3s === undefined || hasJa3s(seen, pattern.ja3s);
    },
  };
}

function hasHello({ serverHello }: Observation, pattern: ServerFlightPattern): boolean {
  const { version, cipherSuite, sessionIdLength, keyShareGroup } = serverHello;
  const isOf = (wanted: readonly number[] | undefined, value: number): boolean =>
    wanted === undefined || wanted.includes(value);
  return (
    isOf(pattern.version, version) &&
    isOf(pattern.cipher, cipherSuite) &&
    isOf(pattern.sessionIdLength, sessionIdLength) &&
    isOf(pattern.keyShareGroup, keyShareGroup) &&
    (pattern.extensions === undefined || hasExtensions(serverHello, pattern.extensions))
  );
}

function hasExtensions(
  { bytes, extensionsAt, extensionsEnd }: Observation['serverHello'],
  wanted: readonly number[],
): boolean {
  let count = 0;
  for (let i = extensionsAt; extensionsAt >= 0 && i + 4 <= extensionsEnd; count++) {
    if (u16(bytes, i) !== wanted[count]) return false;
    i += 4 + u16(bytes, i + 2);
  }
  return count === wanted.length;
}

function isIn(pattern: Pattern, bytes: Uint8Array, at: number, end: number): boolean {
  return at >= 0 && pattern.matches(bytes, at, end);
}

function hasJa3s(seen: Observation, wanted: readonly string[]): boolean {
  const hash = ja3s(seen.serverHello);
  if (!wanted.includes(hash) && !wanted.includes(ja3sText(seen.serverHello))) return false;
  seen.text = `ja3s ${hash}`;
  return true;
}

function textOf({ serverHello, certificate }: Observation, withSubject: boolean): string {
  const cipher = `cipher 0x${serverHello.cipherSuite.toString(16).padStart(4, '0')}`;
  if (!withSubject) return cipher;
  const { bytes, subjectCnAt, subjectCnEnd } = certificate;
  return `${cipher}, subject ${printable(bytes, subjectCnAt, subjectCnEnd)}`;
}
