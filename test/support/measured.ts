import type {
  RecordedConnect,
  RecordedControl,
  RecordedHandshake,
  RecordedKeys,
  RecordedQuery,
  RecordedTransaction,
} from '../../src/ooni/recorded-keys.ts';

/* Parts of a web_connectivity measurement as a probe of today writes them; `www.example.org` is at `SITE`. */

export const NAME = 'www.example.org';
export const SITE = '93.184.216.34';
/** Somebody else's, in a network of its own. */
export const STRANGER = '83.224.65.41';

export function query(part: Partial<RecordedQuery> = {}): RecordedQuery {
  return {
    answers: part.failure ? null : addresses(SITE),
    ...{ engine: 'getaddrinfo', failure: null, hostname: NAME, query_type: 'ANY' },
    ...{ resolver_address: '', tags: ['classic', 'depth=0'], transaction_id: 1 },
    ...part,
  };
}

export function addresses(...list: readonly string[]): NonNullable<RecordedQuery['answers']> {
  return list.map((address) =>
    address.includes(':')
      ? { answer_type: 'AAAA', ipv6: address, asn: 0 }
      : { answer_type: 'A', ipv4: address, asn: 0 },
  );
}

export function connect(part: Partial<RecordedConnect> & Failing = {}): RecordedConnect {
  const { failure = null, ...rest } = part;
  const status = { failure, success: failure === null };
  return { ip: SITE, port: 443, status, tags: FETCHES, transaction_id: 10, ...rest };
}

export function handshake(part: Partial<RecordedHandshake> = {}): RecordedHandshake {
  const at = { network: 'tcp', address: `${SITE}:443`, server_name: NAME };
  return { ...at, failure: null, tags: FETCHES, transaction_id: 10, ...part };
}

export function request(part: Partial<RecordedTransaction> & { url?: string } = {}) {
  const { url = `https://${NAME}/`, ...rest } = part;
  const response = part.failure ? { code: 0, body: '', headers: {} } : PAGE;
  const at = { address: `${SITE}:443`, failure: null, request: { url }, response };
  return { ...at, tags: FETCHES, transaction_id: 10, ...rest } satisfies RecordedTransaction;
}

/** A control that got everything; `part` replaces whole fields. */
export function control(part: Partial<RecordedControl> = {}): RecordedControl {
  const went = { status: true, failure: null };
  return {
    tcp_connect: { [`${SITE}:443`]: went, [`${SITE}:80`]: went },
    tls_handshake: { [`${SITE}:443`]: { ...went, server_name: NAME } },
    http_request: CONTROL_PAGE,
    dns: { failure: null, addrs: [SITE] },
    ip_info: {},
    ...part,
  };
}

export function keys(part: Partial<RecordedKeys> = {}): RecordedKeys {
  return {
    ...{ queries: [query()], tcp_connect: [connect()], tls_handshakes: [handshake()] },
    ...{ requests: [request()], control: control(), control_failure: null },
    x_control_request: { http_request: `https://${NAME}/` },
    ...part,
  };
}

/** The same for a page without TLS. */
export function cleartextKeys(part: Partial<RecordedKeys> = {}): RecordedKeys {
  return keys({
    tcp_connect: [connect({ port: 80 })],
    tls_handshakes: [],
    requests: [request({ url: `http://${NAME}/`, address: `${SITE}:80` })],
    x_control_request: { http_request: `http://${NAME}/` },
    ...part,
  });
}

interface Failing {
  readonly failure?: string | null;
}

const FETCHES = ['classic', 'depth=0', 'fetch_body=true'];

export const PAGE = {
  code: 200,
  body: '<html><head><title>Example Domain</title></head><body>in documents</body></html>',
  body_is_truncated: false,
  headers: { 'Content-Type': 'text/html', 'X-Example': 'yes' },
};

export const CONTROL_PAGE = {
  body_length: PAGE.body.length,
  failure: null,
  title: 'Example Domain',
  headers: PAGE.headers,
  status_code: 200,
};
