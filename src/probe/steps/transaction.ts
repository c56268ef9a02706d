import type { HttpTransaction, MaybeBinary } from '../../ooni/techniques.ts';
import type { Leg, Trace } from './trace.ts';

/** A response as it came. */
export interface RawResponse {
  readonly status: number;
  /** In the order in which they came; a character of a value is a byte. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly isTruncated: boolean;
}

export interface Exchange {
  readonly url: URL;
  /** The headers of the request. */
  readonly sent: Readonly<Record<string, string>>;
  /** The other end, as address:port. */
  readonly address: string;
  readonly alpn?: string | undefined;
  readonly failure: string | null;
  readonly response?: RawResponse | undefined;
  /** When it began, in seconds. */
  readonly t0: number;
}

/** Writes down a request and its response, which end now; without a response, its status is 0. */
export function noteExchange(trace: Trace, leg: Leg, exchange: Exchange): void {
  const { url, sent, address, alpn = '', failure, response, t0 } = exchange;
  const t = trace.seconds();
  const both = describe(url, sent, response);
  trace.transactions.push({ network: 'tcp', address, alpn, failure, ...both, t0, t, ...leg });
}

function describe(
  url: URL,
  sent: Readonly<Record<string, string>>,
  response: RawResponse | undefined,
): Pick<HttpTransaction, 'request' | 'response'> {
  const list = (response?.headers ?? []).map(([name, value]): [string, MaybeBinary] => [
    name,
    maybeBinary(Buffer.from(value, 'latin1')),
  ]);
  return {
    request: {
      url: asked(url),
      method: 'GET',
      headers: { ...sent },
      headers_list: Object.entries(sent),
      body: '',
      body_is_truncated: false,
      tor: { exit_ip: null, exit_name: null, is_tor: false },
      x_transport: 'tcp',
    },
    response: {
      code: response?.status ?? 0,
      headers: Object.fromEntries(list.toReversed()), // of equal names the first counts (df-001)
      headers_list: list,
      body: maybeBinary(response?.body ?? Buffer.alloc(0)),
      body_is_truncated: response?.isTruncated ?? false,
    },
  };
}

/** Of a URL, what is sent of it: no fragment, and no name or password. */
function asked(url: URL): string {
  const sent = new URL(url);
  sent.hash = '';
  sent.username = '';
  sent.password = '';
  return sent.href;
}

function maybeBinary(bytes: Buffer): MaybeBinary {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes)
    ? text
    : { format: 'base64', data: bytes.toString('base64') };
}
