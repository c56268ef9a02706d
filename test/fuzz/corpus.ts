import { putU16 } from '../../src/base/bytes.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsMessage, dnsQuery } from '../support/dns.ts';
import { fragmentsOfSize } from '../support/fragments.ts';
import { ascii, clientHello, concat, hex, httpRequest, tcpFrame } from '../support/packets.ts';
import { clientDatagram, cryptoFrames, initialPacket, longPacket } from '../support/quic.ts';
import { extension, helloMessage, record, serverHelloMessage } from '../support/tls.ts';

/** What clients and servers of different protocols say first, over TCP. */
export const TO_SERVER: readonly Uint8Array[] = [
  clientHello({ sni: 'www.example.org' }),
  clientHello({ sni: 'blocked.example', before: [[0x0a0a, 1500]] }),
  clientHello({ after: [] }),
  concat(...halves(helloMessage({ extensions: manyExtensions() })).map((half) => record(22, half))),
  concat(record(22, hex``), clientHello({ sni: 'example.org' }), hex`14 03 03 00 01 01`),
  httpRequest({ host: 'www.example.org', after: ['Accept: */*'] }),
  httpRequest({ method: 'POST', host: 'b', after: ['Content-Length: 9'], body: 'forbidden' }),
  httpRequest({ target: 'http://u@example.org:80/x?secret', host: [' a', 'b '], eol: '\n' }),
  httpRequest({ method: 'CONNECT', target: 'example.org:443', host: 'münchen.example' }),
  concat(...Array.from({ length: 20 }, (_, i) => httpRequest({ host: `h${i}.example.org` }))),
  httpRequest({ after: ['Transfer-Encoding: chunked'], body: '5\r\nhello\r\n0\r\n\r\n' }),
  framed(dnsQuery('www.example.org')),
  concat(framed(dnsQuery('a')), framed(dnsQuery('blocked.example'))),
  ascii('SSH-2.0-OpenSSH_9.2\r\n'),
  Uint8Array.from({ length: 400 }, (_, i) => (i * 167 + (i >>> 3) * 31) & 0xff),
];

export const TO_CLIENT: readonly Uint8Array[] = [
  record(22, serverHelloMessage({ extensions: [[43, hex`03 04`]] })),
  record(22, concat(serverHelloMessage(), certificateMessage(), hex`0e 00 00 00`)),
  concat(record(22, serverHelloMessage()), record(22, certificateMessage())),
  ascii('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
  framed(dnsAnswer()),
  concat(hex`17 03 03 05 b4`, new Uint8Array(1460).fill(0x9d)),
];

const DATAGRAMS: readonly Uint8Array[] = [
  dnsQuery('www.example.org'),
  dnsQuery('blocked.example'),
  dnsAnswer(),
  concat(dnsQuery('a').slice(0, 12), hex`c0 0c 00 01 00 01`),
  concat(dnsQuery('a').slice(0, 12), hex`01 61 c0 0e c0 0c 00 01 00 01`),
  ...[1, 0x6b3343cf].flatMap(initials),
];

/** Frames of every kind, as they are on a wire. The ends are the same few, so that some make up a flow. */
export function corpus(): Uint8Array[] {
  const ends = endsOf();
  const segments = ends.flatMap(({ along, back }) => [
    tcpFrame({ ...along, seq: 999, ack: 0, flags: 'S', tcpOptions: OPTIONS }),
    tcpFrame({ ...back, seq: 4999, ack: 1000, flags: 'SA', tcpOptions: OPTIONS }),
    tcpFrame({ ...along, seq: 999, ack: 0, flags: 'S', payload: TO_SERVER[0] as Uint8Array }),
    tcpFrame({ ...along, seq: 1000, ack: 5000, flags: 'A', tcpOptions: TIMESTAMPS }),
    tcpFrame({ ...along, seq: 1000, ack: 5000, flags: 'R' }),
    tcpFrame({ ...back, seq: 5000, ack: 1000, flags: 'RA' }),
    tcpFrame({ ...along, seq: 1000, ack: 5000, flags: 'FA' }),
    tcpFrame({ ...back, seq: 5000, ack: 1001, flags: 'FPA', payload: ascii('bye') }),
    ...TO_SERVER.map((payload) => data(along, 1000, 5000, payload)),
    ...TO_CLIENT.map((payload) => data(back, 5000, 1000, payload)),
  ]);
  const datagrams = ends.flatMap(({ along, back }) => [
    ...DATAGRAMS.flatMap((payload) => [
      udpFrame({ ...along, dstPort: 53, payload }),
      udpFrame({ ...along, dstPort: 443, payload }),
      udpFrame({ ...back, srcPort: 443, payload }),
    ]),
  ]);
  const whole = [...segments, ...datagrams];
  const large = whole.filter(({ length }) => length > 150);
  return [
    ...whole,
    ...large.flatMap((frame) => [tagged(frame), tagged(tagged(frame))]),
    ...large.flatMap((frame) => [
      ...fragmentsOfSize(frame, 7, 64),
      ...fragmentsOfSize(frame, 7, 512),
    ]),
    ...large.flatMap(withExtensionHeaders),
    ...ends.map(({ along }) => icmp(along.src, along.dst)),
    hex`ff ff ff ff ff ff 02 00 0a 00 00 01 08 06 00 01 08 00 06 04 00 01`,
  ];
}

export function endsOf(count = 6) {
  return Array.from({ length: count }, (_, i) => {
    const isIpv4 = i % 3 !== 2;
    const src = isIpv4 ? `10.0.0.${1 + (i % 16)}` : `2001:db8::${1 + (i % 16)}`;
    const dst = isIpv4 ? '198.18.0.80' : '2001:db8:1::80';
    const [near, far] = [40_000 + i, i % 2 === 0 ? 443 : 80];
    return {
      along: { src, dst, srcPort: near, dstPort: far },
      back: { src: dst, dst: src, srcPort: far, dstPort: near },
    };
  });
}

type Ends = ReturnType<typeof endsOf>[number]['along'];

function data(ends: Ends, seq: number, ack: number, payload: Uint8Array): Uint8Array {
  return tcpFrame({ ...ends, seq, ack, flags: 'PA', payload });
}

function initials(version: number): Uint8Array[] {
  const dcid = hex`83 94 c8 f0 3e 51 57 08`;
  const hello = helloMessage({ extensions: [extension.serverName('blocked.example')] });
  const server = { version, dcid: hex``, keysFrom: dcid, from: 'server' as const };
  return [
    clientDatagram({ version, dcid, frames: cryptoFrames(hello) }),
    clientDatagram({ version, dcid, frames: cryptoFrames(hello, 40, 60).toReversed() }),
    clientDatagram({ version, dcid, frames: cryptoFrames(hello, 30).slice(0, 1) }),
    clientDatagram({ version, dcid, packetNumber: 1, frames: cryptoFrames(hello, 30).slice(1) }),
    initialPacket({ ...server, frames: cryptoFrames(serverHelloMessage()) }),
    longPacket({ type: 'handshake', version, dcid, length: 100 }),
  ];
}

function tagged(frame: Uint8Array): Uint8Array {
  return concat(frame.slice(0, 12), hex`81 00 00 07`, frame.slice(12));
}

function withExtensionHeaders(frame: Uint8Array): Uint8Array[] {
  if (frame[12] !== 0x86) return [];
  const chains = [
    [0, hex`3c 00 01 04 00 00 00 00`, hex`00 00 01 04 00 00 00 00`],
    [51, concat(hex`00 04 00 00 00 00 00 01 00 00 00 01`, new Uint8Array(12))],
    [43, hex`00 00 00 00 00 00 00 00`, hex`00 00 01 04 00 00 00 00`],
  ] as const;
  return chains.map(([first, ...headers]) => {
    const chain = concat(...headers);
    const lastAt = chain.length - (headers.at(-1)?.length ?? 0);
    chain[lastAt] = frame[20] as number;
    const head = frame.slice(0, 54);
    head[20] = first;
    putU16(head, 18, frame.length - 54 + chain.length);
    return concat(head, chain, frame.slice(54));
  });
}

function icmp(src: string, dst: string): Uint8Array {
  const frame = tcpFrame({ src, dst, srcPort: 0x0800, dstPort: 0, seq: 1, ack: 0, flags: '' });
  frame[frame[12] === 0x08 ? 23 : 20] = frame[12] === 0x08 ? 1 : 58;
  return frame;
}

function manyExtensions() {
  return [
    extension.supportedGroups(29, 23, 24),
    extension.ecPointFormats(0),
    extension.signatureAlgorithms(0x0403, 0x0804),
    extension.alpn(ascii('h2'), ascii('http/1.1')),
    extension.supportedVersions(0x0304, 0x0303),
    extension.keyShare(29, new Uint8Array(32)),
    extension.empty(0xfe0d),
    extension.serverName('www.blocked.example'),
  ];
}

/** A certificate as far as its names: subject and issuer "blocked". */
function certificateMessage(): Uint8Array {
  const name = hex`30 12 31 10 30 0e 06 03 55 04 03 0c 07 62 6c 6f 63 6b 65 64`;
  const digits = ascii('300101000000Z');
  const time = concat(hex`30 1e 17 0d`, digits, hex`17 0d`, digits);
  const tbs = concat(hex`a0 03 02 01 02 02 01 01 30 00`, name, time, name);
  const certificate = concat(der(concat(der(tbs), hex`30 00 03 01 00`)));
  const u24 = (length: number): Uint8Array => Uint8Array.of(0, length >>> 8, length);
  const entry = concat(u24(certificate.length), certificate);
  const list = concat(u24(entry.length), entry);
  return concat(hex`0b`, u24(list.length), list);
}

function der(contents: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(0x30, 0x81, contents.length), contents);
}

function dnsAnswer(): Uint8Array {
  return dnsMessage({
    type: 'response',
    questions: [{ type: 'AAAA', name: 'blocked.example' }],
    answers: [{ type: 'AAAA', name: 'blocked.example', data: '2001:db8::1' }],
  });
}

function framed(message: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(message.length >>> 8, message.length), message);
}

function halves(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  return [bytes.slice(0, bytes.length >>> 1), bytes.slice(bytes.length >>> 1)];
}

const TIMESTAMPS = hex`01 01 08 0a 00 00 00 09 00 00 00 08`;
/** MSS, SACK permitted, timestamps, window scale. */
const OPTIONS = hex`02 04 05 b4 04 02 08 0a 00 00 00 09 00 00 00 00 01 03 03 07`;
