import { getCiphers } from 'node:tls';
import { nearest } from '../base/nearest.ts';
import type { OutsideHost } from './host-schema.ts';
import type { Problem } from './problem.ts';

/** A cipher suite with which no handshake can come about. The path begins in `tls`. */
export function impossibleCipher({ cipher, version }: NonNullable<OutsideHost['tls']>): Problem[] {
  if (cipher === undefined) return [];
  const path = ['cipher'];
  if (!SUITES.has(cipher)) {
    const near = nearest(cipher, SUITES);
    const hint = near === undefined ? '' : `; the nearest is "${near}"`;
    const message = `expected a cipher suite for an RSA key that OpenSSL knows, such as "DHE-RSA-AES256-SHA"; found "${cipher}"${hint}`;
    return [{ path, message }];
  }
  if (version !== '1.0' || !SINCE_TLS_1_2.test(cipher)) return [];
  const message = `expected one that TLS 1.0 has, such as "${cipher.includes('256') ? 'AES256-SHA' : 'AES128-SHA'}"; found "${cipher}", which needs version "1.2"`;
  return [{ path, message }];
}

/** Node is built without these; a server that runs beside it has its own OpenSSL, which may have them. */
const BESIDE_NODE = ['128', '256'].flatMap((bits) => {
  const hash = bits === '128' ? 'SHA256' : 'SHA384';
  return [
    ...['', 'DHE-RSA-'].flatMap((exchange) =>
      [
        `AES${bits}-CCM`,
        `AES${bits}-CCM8`,
        `ARIA${bits}-GCM-${hash}`,
        `CAMELLIA${bits}-SHA`,
        `CAMELLIA${bits}-SHA256`,
      ].map((suite) => `${exchange}${suite}`),
    ),
    `ECDHE-ARIA${bits}-GCM-${hash}`,
    `ECDHE-RSA-CAMELLIA${bits}-${hash}`,
  ];
});
/** Up to TLS 1.2, and with a certificate whose key is RSA: all that a host's can be. */
const SUITES: ReadonlySet<string> = new Set([
  ...getCiphers()
    .map((name) => name.toUpperCase())
    .filter((name) => !/^TLS_|ECDSA|PSK|SRP/.test(name)),
  ...BESIDE_NODE,
]);
/** Authenticated encryption, and hashes other than SHA-1 (RFC 5246 §1.2, RFC 5288, RFC 7905). */
const SINCE_TLS_1_2 = /SHA256|SHA384|GCM|CCM|CHACHA20/;
