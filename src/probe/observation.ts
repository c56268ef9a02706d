import type { Bridge } from './tor-files.ts';

/** One measurement to make from where the process runs. */
export interface ProbeRequest {
  readonly probe: 'tcp' | 'http' | 'https' | 'curl' | 'openssl' | 'chromium' | 'dig' | 'tor';
  readonly url: string;
  readonly ip: 4 | 6;
  /** A host whose address is used instead of the one the URL's name resolves to. */
  readonly connect?: string | undefined;
  /** The Host header as sent. */
  readonly host?: string | undefined;
  readonly split?: 'name' | undefined;
  /** The only version of TLS that is offered. */
  readonly tls?: '1.0' | '1.2' | '1.3' | undefined;
  /** The only group for which a key share is sent. */
  readonly group?: 'X25519' | 'P-256' | undefined;
  /** For how long it waits for each step, in ms. */
  readonly timeoutMs?: number | undefined;
  /** Hosts asked for on the same connection first. */
  readonly after?: readonly string[] | undefined;
  /** A URL whose handshake runs at the same time. */
  readonly beside?: string | undefined;
  /** What a Tor client connects to first; by default the relays themselves. */
  readonly bridge?: Bridge | undefined;
}

/** What a probe saw. */
export interface Observation {
  /** OONI's name for what went wrong (df-007), or null. */
  readonly failure: string | null;
  /** The client's end of the connection that counts, as address:port, where the probe knows it. */
  readonly local?: string | undefined;
  /** The other end of that connection, or of the attempt to make one, as address:port; as the socket or the tool told it. */
  readonly remote?: string | undefined;
  /** The tool's own words. */
  readonly says: string;
  /** A tool's exit status. */
  readonly exit?: number | undefined;
  /** Of the HTTP response. */
  readonly status?: number | undefined;
  /** That a name resolved to. */
  readonly addresses?: readonly string[] | undefined;
  /** Requests answered before the one that counts. */
  readonly answered?: number | undefined;
  /** The failure of the handshake beside it. */
  readonly beside?: string | null | undefined;
  /** How far a Tor client got, in per cent. */
  readonly bootstrap?: number | undefined;
  /** From SYN to SYN/ACK. */
  readonly connectMs?: number | undefined;
  /** From the last bytes sent to the failure. */
  readonly failedAfterMs?: number | undefined;
  /** Of a probe that was made many times: how often it had each failure, or `none`. */
  readonly failures?: Readonly<Record<string, number>> | undefined;
  /** Why the probe could not be made at all. */
  readonly skipped?: string | undefined;
}
