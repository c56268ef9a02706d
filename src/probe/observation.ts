import type { MeasurementLine } from './measurement.ts';
import type { Bridge } from './tor-files.ts';

/** A connection, a request, or a program that makes them. */
export type Tool = 'tcp' | 'http' | 'https' | 'curl' | 'openssl' | 'chromium' | 'dig' | 'tor';

/** OONI's own tests. */
export type Experiment =
  | 'web_connectivity'
  | 'sni_blocking'
  | 'tlsmiddlebox'
  | 'tcpping'
  | 'dnscheck';

/** One measurement to make from where the process runs. */
export interface ProbeRequest {
  readonly probe: Tool | Experiment;
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
  /** A name that is allowed, whose server is asked for the one in question. */
  readonly control?: string | undefined;
  /** Of dig: how the question goes, by default over UDP; over HTTPS, to the lab's resolver, the question is this program's own. */
  readonly transport?: 'udp' | 'tcp' | 'https' | undefined;
  /** The client's own port; by default any. */
  readonly localPort?: number | undefined;
  /** What the program says and where, by a strategy's id, or as Geneva writes it; what becomes of its packets is the lab's part. */
  readonly strategy?: string | undefined;
  /** What the strategy is to look for in what is said; by default the name. */
  readonly needle?: string | undefined;
  /** What a Tor client connects to first; by default the relays themselves. */
  readonly bridge?: Bridge | undefined;
  /** How curl comes to the server, where it does not go there itself. */
  readonly through?: Route | undefined;
  /** Whether curl, or the request over plain HTTP, keeps the page. */
  readonly keepsPage?: boolean | undefined;
}

/** One of three ways. */
export interface Route {
  /** A proxy, as curl takes it. */
  readonly proxy?: string | undefined;
  /** An endpoint instead of the URL's, whose port is kept if this has none. */
  readonly connect?: string | undefined;
  /** A program that runs curl. */
  readonly command?: readonly string[] | undefined;
}

/** The step that failed, as OONI's urlgetter names it. */
export type FailedAt = 'resolve' | 'connect' | 'tls_handshake' | 'http_round_trip';

/** What OONI makes of a web_connectivity measurement. */
export interface Verdict {
  readonly blocking: 'dns' | 'tcp_ip' | 'http-failure' | 'http-diff' | false | null;
  readonly accessible: boolean | null;
  readonly dns_consistency?: 'consistent' | 'inconsistent' | null;
  readonly blocking_flags?: number;
  readonly dns_flags?: number;
  readonly null_null_flags?: number;
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
  /** The page, where it was asked for. */
  readonly page?: string | undefined;
  /** That a name resolved to. */
  readonly addresses?: readonly string[] | undefined;
  /** Requests answered before the one that counts. */
  readonly answered?: number | undefined;
  /** The failure of the handshake beside it. */
  readonly beside?: string | null | undefined;
  /** How far a Tor client got, in per cent. */
  readonly bootstrap?: number | undefined;
  /** Of a single step or a program. */
  readonly failedAt?: FailedAt | undefined;
  /** From SYN to SYN/ACK. */
  readonly connectMs?: number | undefined;
  /** From the last bytes sent to the failure. */
  readonly failedAfterMs?: number | undefined;
  /** Of a probe that was made many times: how often it had each failure, or `none`. */
  readonly failures?: Readonly<Record<string, number>> | undefined;
  /** Of sni_blocking: OONI's class for it. */
  readonly result?: string | undefined;
  /** Of tlsmiddlebox: at how many hops the name in question first fares otherwise. */
  readonly hop?: number | undefined;
  /** Of dnscheck: answers to one question, the first included. */
  readonly answers?: number | undefined;
  /** Of web_connectivity alone: only it has a control. */
  readonly verdict?: Verdict | undefined;
  /** In OONI's format; of a probe that was made many times, each. */
  readonly measurements?: readonly MeasurementLine[] | undefined;
  /** Why the probe could not be made at all. */
  readonly skipped?: string | undefined;
  /** Why the probe did not come to its end: its process ended, or did not answer. Nothing is known of the network then. */
  readonly broken?: string | undefined;
}
