import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { withoutBrackets } from '../../base/address.ts';
import type { TlsHandshake } from '../../ooni/techniques.ts';
import { STEP_TIMEOUT, within } from '../connection.ts';
import { failureOf, ProbeTimeout } from '../failure.ts';
import type { ProbeRequest } from '../observation.ts';
import { wrongDate } from './certificate-dates.ts';
import type { Leg, Trace } from './trace.ts';
import type { TracedSocket } from './traced-socket.ts';

export interface HandshakeOptions {
  readonly serverName: string;
  /** The other end, as address:port. */
  readonly address: string;
  readonly timeoutMs?: number | undefined;
  readonly alpn?: readonly string[] | undefined;
  /** The only version that is offered, and the only group with a key share. */
  readonly version?: ProbeRequest['tls'];
  readonly group?: ProbeRequest['group'];
  /** Any certificate will do. */
  readonly isUnverified?: boolean | undefined;
}

export interface Shaken {
  readonly failure: string | null;
  readonly says: string;
  /** Also where only the certificate is not as it should be. */
  readonly tls?: TLSSocket;
}

/** A TLS handshake over a connection; what is wrong with a certificate counts as a failure, unless nobody asks. */
export async function shakeHands(
  trace: Trace,
  leg: Leg,
  carrier: TracedSocket,
  options: HandshakeOptions,
): Promise<Shaken> {
  const { serverName, address, timeoutMs = STEP_TIMEOUT, alpn, isUnverified = false } = options;
  const t0 = trace.seconds();
  const name = withoutBrackets(serverName);
  const note = (failure: string | null, done?: Described['done']): void => {
    const t = trace.seconds();
    trace.tlsHandshakes.push({
      ...describeHandshake({ ...options, failure, done }),
      t0,
      t,
      ...leg,
    });
    const event = { address, failure, operation: 'tls_handshake_done', proto: 'tcp' } as const;
    trace.networkEvents.push({ ...event, t0: t, t, ...leg });
  };
  const start = { address, failure: null, operation: 'tls_handshake_start', proto: 'tcp' } as const;
  trace.networkEvents.push({ ...start, t0, t: t0, ...leg });
  const tls = connectTls({
    socket: carrier,
    servername: isIP(name) > 0 ? '' : name.replace(/\.$/, ''), // RFC 6066 §3: never an address, nor a dot at the end
    rejectUnauthorized: false, // it is judged below, whatever else is wrong with it
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(options.version === undefined ? {} : onlyVersion(options.version)),
    ...(options.group === undefined ? {} : { ecdhCurve: options.group }),
  });
  tls.on('error', () => undefined); // whoever waits is told by `within`
  try {
    await within<void>(timeoutMs, tls, (done) => {
      tls.once('secureConnect', done);
      // The carrier knows a RST from a FIN, which the TLS socket does not.
      carrier.once('error', (error) => tls.destroy(error));
    });
  } catch (error) {
    if (error instanceof ProbeTimeout) carrier.giveUp();
    const failure = carrier.failure ?? failureOf(error as NodeJS.ErrnoException);
    note(failure);
    return { failure, says: (error as Error).message };
  }
  // Once: asking takes the chain away from the session (Node 20).
  const certificate = tls.getPeerX509Certificate();
  const wrong = isUnverified ? undefined : certificateFailure(tls, certificate, name);
  note(wrong?.failure ?? null, { tls, certificate });
  return wrong === undefined
    ? { failure: null, says: tls.getProtocol() ?? '', tls }
    : { ...wrong, tls };
}

/** OpenSSL takes TLS 1.0 for too weak unless it is told. */
function onlyVersion(version: '1.0' | '1.2' | '1.3'): ConnectionOptions {
  const only = version === '1.0' ? 'TLSv1' : (`TLSv${version}` as const);
  const ciphers = version === '1.0' ? { ciphers: 'DEFAULT:@SECLEVEL=0' } : {};
  return { minVersion: only, maxVersion: only, ...ciphers };
}

/** What came of a handshake, as a measurement has it. */
export function describeHandshake({
  serverName,
  address,
  failure,
  done,
  isUnverified = false,
}: Described): Omit<TlsHandshake, 't0' | 't' | 'tags' | 'transaction_id'> {
  const { tls, certificate } = done ?? {};
  return {
    network: 'tcp',
    address,
    cipher_suite: (tls && cipherOf(tls)) ?? '',
    failure,
    negotiated_protocol: (tls?.alpnProtocol as string | false | null | undefined) || '',
    no_tls_verify: isUnverified,
    peer_certificates: certificatesOf(certificate),
    server_name: withoutBrackets(serverName),
    outer_server_name: '',
    echconfig: '',
    tls_version: tls?.getProtocol() ?? '',
  };
}

interface Described extends Pick<HandshakeOptions, 'serverName' | 'address' | 'isUnverified'> {
  readonly failure: string | null;
  /** Of a handshake that came to its end. */
  readonly done?:
    | { readonly tls: TLSSocket; readonly certificate: X509Certificate | undefined }
    | undefined;
}

/** Go, in which OONI's probe is written, looks at the dates before the name, and at the chain last (crypto/x509, Verify). */
function certificateFailure(
  tls: TLSSocket,
  certificate: X509Certificate | undefined,
  name: string,
): { readonly failure: string; readonly says: string } | undefined {
  if (certificate === undefined)
    return { failure: 'ssl_invalid_certificate', says: 'no certificate' };
  const says = wrongDate(certificate, Date.now());
  if (says !== undefined) return { failure: 'ssl_invalid_certificate', says };
  const isNamed =
    isIP(name) > 0 ? certificate.checkIP(name) !== undefined : certificate.checkHost(name);
  if (!isNamed) {
    const names = certificate.subjectAltName ?? certificate.subject;
    return { failure: 'ssl_invalid_hostname', says: `certificate for ${names}, not for ${name}` };
  }
  if (tls.authorized) return undefined;
  const reason = tls.authorizationError as unknown as string | Error;
  return { failure: 'ssl_unknown_authority', says: String(reason) };
}

function cipherOf(tls: TLSSocket): string | undefined {
  // Of a session that is gone there is none.
  return (tls.getCipher() as { standardName?: string } | undefined)?.standardName;
}

/** The server's own first; the authority at the end is this machine's own knowledge, not what was sent. */
function certificatesOf(own: X509Certificate | undefined): { format: 'base64'; data: string }[] {
  const found: { format: 'base64'; data: string }[] = [];
  let certificate = own;
  while (certificate !== undefined) {
    const isAuthority: boolean = certificate.checkIssued(certificate);
    if (isAuthority && found.length > 0) break;
    found.push({ format: 'base64', data: certificate.raw.toString('base64') });
    certificate = isAuthority ? undefined : certificate.issuerCertificate;
  }
  return found;
}
