/** How far a Tor process has got, by its log. */
export interface Bootstrap {
  readonly percent: number;
  /** Tor's name for the stage, such as `conn_done`, and its words for it. */
  readonly tag: string;
  readonly summary: string;
  /** Why it gets no further, as Tor calls it, such as `CONNECTREFUSED`. */
  readonly obstacle: string | undefined;
  readonly socksPort: number | undefined;
}

export const NOT_BEGUN: Bootstrap = {
  percent: 0,
  tag: 'starting',
  summary: 'Starting',
  obstacle: undefined,
  socksPort: undefined,
};

/** What is known after another line; the same value if the line tells nothing. */
export function readTorLine(known: Bootstrap, line: string): Bootstrap {
  const stage = STAGE.exec(line);
  if (stage !== null) {
    const [, percent, tag = '', summary = ''] = stage;
    return { ...known, percent: Number(percent), tag, summary, obstacle: undefined };
  }
  const obstacle = OBSTACLE.exec(line)?.[1];
  if (obstacle !== undefined) return { ...known, obstacle };
  const port = SOCKS_PORT.exec(line)?.[1];
  return port === undefined ? known : { ...known, socksPort: Number(port) };
}

/** OONI's failure string for a client that got no further than this. */
export function torFailureOf({ obstacle }: Bootstrap): string {
  return FAILURES[obstacle ?? ''] ?? 'generic_timeout_error';
}

const STAGE = /\] Bootstrapped (\d+)% \((\w+)\): (.*)$/;
/** Its last words before the count are one of the reasons of tor-spec's control protocol (4.1.11, ORCONN). */
const OBSTACLE = /Problem bootstrapping\. Stuck at .*; ([A-Z_]+); count \d+;/;
const SOCKS_PORT = /Opened Socks listener connection \(ready\) on [\d.]+:(\d+)/;
/** A connection that was made and then went silent has the reason DONE or TIMEOUT. */
const FAILURES: Readonly<Record<string, string>> = {
  CONNECTREFUSED: 'connection_refused',
  CONNECTRESET: 'connection_reset',
  NOROUTE: 'host_unreachable',
  TLS_ERROR: 'ssl_failed_handshake',
};
