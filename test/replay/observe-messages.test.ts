import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ObservedFlow } from '../../src/replay/observed-flow.ts';
import { type Certified, certify } from '../support/certificates.ts';
import { Conversation } from '../support/conversation.ts';
import { type Datagram, udpFrame } from '../support/datagrams.ts';
import { dnsMessage, dnsQuery, labels } from '../support/dns.ts';
import { observed } from '../support/observing.ts';
import {
  ascii,
  clientHello,
  concat,
  edit,
  hex,
  httpRequest,
  tlsRecord,
} from '../support/packets.ts';
import { clientDatagram, cryptoFrame, longPacket } from '../support/quic.ts';
import { extension, helloMessage, record, tlsSession, u16s } from '../support/tls.ts';

const HELLO = clientHello({ sni: 'a.test' });
const REQUEST = httpRequest({ host: 'a.test' });

type Talk = (conversation: Conversation) => unknown;
interface Row {
  readonly name: string;
  readonly talk: Talk;
  readonly want: Partial<ObservedFlow>;
}

describe('of a TCP flow, whatever its port, is read', () => {
  test.each<Row>([
    {
      name: 'the first Host of requests that follow one another',
      talk: (it) =>
        it
          .client(REQUEST)
          .server('HTTP/1.1 204 No\r\n\r\n')
          .client(httpRequest({ host: 'b.test' })),
      want: { protocol: 'http', host: 'a.test', sni: null },
    },
    {
      name: 'the first Host of requests in one segment',
      talk: (it) => it.client(concat(REQUEST, httpRequest({ host: 'b.test' }))),
      want: { protocol: 'http', host: 'a.test' },
    },
    {
      name: 'the Host of a second request, if the first has none',
      talk: (it) => it.client('GET / HTTP/1.0\r\n\r\n').client(REQUEST),
      want: { protocol: 'http', host: 'a.test' },
    },
    {
      name: 'the Host after a body in chunks',
      talk: (it) =>
        it
          .client('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n')
          .client(REQUEST),
      want: { host: 'a.test' },
    },
    {
      name: 'the Host, not the host of an absolute target',
      talk: (it) => it.client(httpRequest({ target: 'http://b.test/', host: 'a.test' })),
      want: { host: 'a.test' },
    },
    {
      name: 'of an absolute target without Host, nothing',
      talk: (it) => it.client('GET http://b.test/ HTTP/1.0\r\n\r\n'),
      want: { protocol: 'http', host: null },
    },
    {
      name: 'a Host that comes byte by byte',
      talk: (it) => it.client(REQUEST, { size: 1 }),
      want: { protocol: 'http', host: 'a.test' },
    },
    {
      name: 'the Host of a head that is never whole',
      talk: (it) => it.client('GET / HTTP/1.1\r\nHost: a.test\r\nX: '),
      want: { protocol: 'http', host: 'a.test' },
    },
    {
      name: 'bytes that are not ASCII as U+FFFD',
      talk: (it) => it.client(concat(ascii('GET / HTTP/1.1\r\nHost: \u00fc.test\r\n\r\n'))),
      want: { host: '\ufffd.test' },
    },
    {
      name: 'both names where a tunnel begins, and what the server says in it',
      talk: (it) =>
        it
          .client(httpRequest({ method: 'CONNECT', target: 'b.test:443', host: 'b.test:443' }))
          .server('HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n')
          .client(HELLO)
          .server(SERVER_HELLO),
      want: { protocol: 'http', host: 'b.test:443', sni: 'a.test', server_cipher: '0x1301' },
    },
    {
      name: 'the Host where WebSockets begin, and nothing of them',
      talk: (it) =>
        it
          .client(
            httpRequest({ host: 'a.test', after: ['Upgrade: websocket', 'Connection: Upgrade'] }),
          )
          .server('HTTP/1.1 101 Switching Protocols\r\n\r\n')
          .client(hex`81 85 01 02 03 04 05 06 07 08 09`)
          .client(REQUEST),
      want: { protocol: 'http', host: 'a.test' },
    },
    {
      name: 'nothing behind STARTTLS: a censor reads from the beginning of the stream',
      talk: (it) =>
        it
          .server('220 a\r\n')
          .client('EHLO b.test\r\n')
          .server('250 STARTTLS\r\n')
          .client('STARTTLS\r\n')
          .server('220 go\r\n')
          .client(HELLO)
          .server(SERVER_HELLO),
      want: { protocol: 'unknown', host: null, sni: null, server_version: null },
    },
    {
      name: 'no Host of what is not HTTP',
      talk: (it) => it.client('EHLO b.test\r\nHost: a.test\r\n\r\n'),
      want: { protocol: 'unknown', host: null },
    },
    {
      name: 'SSH, by the server that speaks first',
      talk: (it) => it.server('SSH-2.0-x\r\n').client('SSH-2.0-y\r\n'),
      want: { protocol: 'ssh', host: null },
    },
    {
      name: 'the server name of the first of two ClientHellos',
      talk: (it) => it.client(concat(HELLO, clientHello({ sni: 'b.test' }))),
      want: { protocol: 'tls', sni: 'a.test' },
    },
    {
      name: 'a ClientHello that comes byte by byte, in records of one byte',
      talk: (it) => it.client(inRecords(HELLO, 1), { size: 1 }),
      want: { protocol: 'tls', sni: 'a.test', alpn: null },
    },
    {
      name: 'a ServerHello behind a warning',
      talk: (it) => it.client(HELLO).server(concat(hex`15 03 03 00 02 01 70`, SERVER_HELLO)),
      want: { server_version: '0x0303', server_cipher: '0x1301' },
    },
    {
      name: 'of an alert alone, nothing',
      talk: (it) => it.client(HELLO).server(hex`15 03 03 00 02 02 28`),
      want: { protocol: 'tls', server_version: null, ja3s: null },
    },
    {
      name: 'the question over TCP',
      talk: (it) => it.client(overTcp(dnsQuery('a.test'))),
      want: { protocol: 'dns', qname: 'a.test' },
    },
    {
      name: 'the question that comes byte by byte',
      talk: (it) => it.client(overTcp(dnsQuery('a.test')), { size: 1 }),
      want: { protocol: 'dns', qname: 'a.test' },
    },
  ])('$name', ({ talk, want }) => {
    for (const serverPort of [80, 443, 31_337]) {
      const conversation = new Conversation({ serverPort }).handshake();
      talk(conversation);
      expect(observed(...conversation.frames)).toEqual([expect.objectContaining(want)]);
    }
  });
});

describe('of a whole TLS handshake is read', () => {
  let certified: Certified;
  beforeAll(() => {
    certified = certify({ subject: '/O=Chokepoint/CN=Bücher a.test' });
  });

  const SESSIONS: readonly {
    readonly name: string;
    readonly client: ConnectionOptions;
    readonly server: TlsOptions;
    readonly want: Partial<ObservedFlow>;
  }[] = [
    {
      name: 'TLS 1.2: the certificate',
      client: { servername: 'a.test', ALPNProtocols: ['h2', 'http/1.1'] },
      server: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
      want: {
        ...{ sni: 'a.test', alpn: ['h2', 'http/1.1'] },
        ...{ server_version: '0x0303', server_cipher: '0xc02b', server_key_share_group: null },
        certificate_subject: 'Bücher a.test',
      },
    },
    {
      name: 'TLS 1.3: the group of the key share, and no certificate',
      client: { servername: 'a.test', ecdhCurve: 'X25519' },
      server: {},
      want: {
        ...{ sni: 'a.test', alpn: null, server_version: '0x0304' },
        ...{ server_key_share_group: '0x001d', certificate_subject: null },
      },
    },
    {
      name: 'one that is retried: the group of the retry',
      client: { servername: 'a.test', ecdhCurve: 'X25519:P-384' },
      server: { ecdhCurve: 'P-384' },
      want: { sni: 'a.test', server_version: '0x0304', server_key_share_group: '0x0018' },
    },
    {
      name: 'one without a server name',
      client: { host: '127.0.0.1' },
      server: {},
      want: { protocol: 'tls', sni: null, server_version: '0x0304' },
    },
  ];

  test.each(SESSIONS)('$name', async ({ client, server, want }) => {
    const { key, cert } = certified;
    const { toServer, toClient } = await tlsSession(client, { key, cert, ...server });
    for (const size of [1400, 1]) {
      const talk = new Conversation().handshake().client(toServer, { size });
      const [flow] = observed(...talk.server(toClient, { size }).frames);
      expect(flow).toMatchObject(want);
      expect(flow?.ja3).toMatch(/^[0-9a-f]{32}$/);
      expect(flow?.ja3s).toMatch(/^[0-9a-f]{32}$/);
      expect(flow?.ja4).toMatch(/^t1[23][di]\d{4}/);
    }
  });

  test('a flight in records of 7 bytes', async () => {
    const { key, cert } = certified;
    const server = { key, cert, maxVersion: 'TLSv1.2' } as const;
    const { toServer, toClient } = await tlsSession({ servername: 'a.test' }, server);
    const flight = inRecords(toClient, 7);
    const talk = new Conversation().handshake().client(inRecords(toServer, 7)).server(flight);
    const [flow] = observed(...talk.frames);
    expect(flow).toMatchObject({ sni: 'a.test', certificate_subject: 'Bücher a.test' });
  });
});

describe('of a UDP flow, whatever its port, is read', () => {
  const client = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.53' };
  const DCID = hex`01 02 03 04 05 06 07 08`;
  const quicHello = helloMessage({
    extensions: [extension.serverName('a.test'), extension.alpn(ascii('h3'))],
  });
  const initial = clientDatagram({ dcid: DCID, frames: [cryptoFrame(0, quicHello)] });
  const question = (qclass: number): Uint8Array =>
    concat(hex`0000 0000 0001 0000 0000 0000`, labels('a', 'local'), u16s(1, qclass));

  test.each<{ name: string; payloads: Uint8Array[]; want: Partial<ObservedFlow> }>([
    {
      name: 'a question',
      payloads: [dnsQuery('a.test')],
      want: { protocol: 'dns', qname: 'a.test' },
    },
    {
      name: 'the first of two questions',
      payloads: [dnsQuery('a.test'), dnsQuery('b.test')],
      want: { qname: 'a.test' },
    },
    {
      name: 'a question of multicast DNS that asks for a unicast answer',
      payloads: [question(0x8001)],
      want: { protocol: 'dns', qname: 'a.local' },
    },
    {
      name: 'of an answer without a question, nothing',
      payloads: [
        dnsMessage({
          type: 'response',
          answers: [{ type: 'A', name: 'a.local', data: '10.0.0.1', class: 'IN', ttl: 9 }],
        }),
      ],
      want: { protocol: 'dns', qname: null },
    },
    {
      name: 'of a question for a NetBIOS name, nothing',
      payloads: [
        concat(
          hex`0001 0110 0001 0000 0000 0000`,
          labels('FHEPFCELEHFCEPFFFACACACACACACABL'),
          u16s(32, 1),
        ),
      ],
      want: { qname: null },
    },
    {
      name: 'the server name in QUIC',
      payloads: [initial],
      want: { protocol: 'quic', quic_sni: 'a.test', sni: null, alpn: ['h3'] },
    },
    {
      name: 'the server name in QUIC, after a packet of a version that nobody knows',
      payloads: [edit(initial, 1, 0x1a, 0x2a, 0x3a, 0x4a), initial],
      want: { protocol: 'quic', quic_sni: 'a.test' },
    },
    {
      name: 'the server name in QUIC, after early data that overtook it',
      payloads: [longPacket({ type: 'zero-rtt', dcid: DCID, length: 100 }), initial],
      want: { protocol: 'quic', quic_sni: 'a.test' },
    },
    ...(['zero-rtt', 'handshake'] as const).map((type) => ({
      name: `the server name in QUIC, behind a ${type} packet in the same datagram (RFC 9000 §12.2)`,
      payloads: [concat(longPacket({ type, dcid: DCID, length: 100 }), initial)],
      want: { protocol: 'quic', quic_sni: 'a.test' } as const,
    })),
    {
      name: 'the server name in QUIC, after bytes of something else',
      payloads: [hex`00 01 02`, initial],
      want: { protocol: 'quic', quic_sni: 'a.test' },
    },
    { name: 'of other bytes, nothing', payloads: [hex`00 01 02`], want: { protocol: 'unknown' } },
    { name: 'of no bytes, nothing', payloads: [hex``], want: { protocol: null } },
  ])('$name', ({ payloads, want }) => {
    for (const dstPort of [53, 443, 5353, 8053, 8443]) {
      const frames = payloads.map((payload) =>
        udpFrame({ ...client, dstPort, payload } as Datagram),
      );
      expect(observed(...frames)).toEqual([expect.objectContaining(want)]);
    }
  });
});

const SERVER_HELLO = record(
  22,
  concat(hex`02 00 00 26 03 03`, new Uint8Array(32), hex`00 13 01 00`),
);

/** The handshake messages at the beginning, in records of this size, and what follows them. */
function inRecords(stream: Uint8Array, size: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  while (stream[at] === 22) {
    const end = at + 5 + (((stream[at + 3] ?? 0) << 8) | (stream[at + 4] ?? 0));
    for (let i = at + 5; i < end; i += size) {
      pieces.push(tlsRecord(stream.slice(i, Math.min(i + size, end))));
    }
    at = end;
  }
  return concat(...pieces, stream.slice(at));
}

function overTcp(message: Uint8Array): Uint8Array {
  return concat(u16s(message.length), message);
}
