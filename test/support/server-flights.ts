import { certify } from './certificates.ts';
import { ascii, concat, hex } from './packets.ts';
import { type Extension, handshake, serverHelloMessage, vector } from './tls.ts';

/** What a Tor relay of 2012 answers, but for what is said otherwise; see `flight`. */
export interface Flight {
  readonly cipher?: number;
  readonly version?: number;
  readonly sessionId?: Uint8Array;
  readonly extensions?: readonly Extension[];
  /** None at all, if it is null. */
  readonly certificate?: Uint8Array | null;
}

/** Makes certificates of a name, each once. */
export function certificateOf(commonName: string): Uint8Array {
  const known = made.get(commonName);
  if (known !== undefined) return known;
  const { der } = certify({ subject: `/CN=${commonName}`, issuer: theIssuer() });
  made.set(commonName, der);
  return der;
}

/** ServerHello, Certificate, ServerKeyExchange, ServerHelloDone: the messages, each for itself. */
export function flight(wish: Flight = {}): Uint8Array[] {
  const { version = 0x0301, cipher = 0x0039, sessionId = hex`` } = wish;
  const { extensions = [[0xff01, hex`00`]], certificate = certificateOf(RELAY) } = wish;
  const hello = serverHelloMessage({ version, cipher, sessionId, extensions });
  const key = handshake(12, ascii('x'.repeat(389)));
  if (certificate === null) return [hello, key, handshake(14, hex``)];
  const list = vector(3, vector(3, certificate));
  return [hello, handshake(11, list), key, handshake(14, hex``)];
}

/** Handshake records of TLS 1.0, one for each of these contents. */
export function records(...contents: readonly Uint8Array[]): Uint8Array {
  return concat(...contents.map((content) => concat(hex`16 03 01`, vector(2, content))));
}

/** Random base32 characters between `www.` and `.net`. */
export const RELAY = 'www.ptujv4f7qyh2.net';
const ISSUER = 'www.6hwzvx5dgcno.com';
const made = new Map<string, Uint8Array>();
let issuer: ReturnType<typeof certify> | undefined;

function theIssuer(): ReturnType<typeof certify> {
  issuer ??= certify({ subject: `/CN=${ISSUER}` });
  return issuer;
}
