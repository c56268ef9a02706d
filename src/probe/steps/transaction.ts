import type { HttpTransaction, MaybeBinary } from '../../ooni/techniques.ts';

/** A response as it came. */
export interface RawResponse {
  readonly status: number;
  /** In the order in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly isTruncated: boolean;
}

/** What a request and its response are in a measurement; without a response, its status is 0. */
export function describeExchange(
  url: URL,
  sent: Readonly<Record<string, string>>,
  response: RawResponse | undefined,
): Pick<HttpTransaction, 'request' | 'response'> {
  const list = (response?.headers ?? []).map(([name, value]): [string, string] => [name, value]);
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
