import { describe, expect, test } from 'vitest';
import { observe } from '../../src/replay/observe.ts';
import { enhancedPacket, interfaceBlock, sectionHeader } from '../support/capture.ts';
import { openPlace } from '../support/cli.ts';
import { Conversation } from '../support/conversation.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { temporaryFile } from '../support/folder.ts';
import { observed, observedInFile, only } from '../support/observing.ts';
import {
  ascii,
  clientHello,
  clientHelloMessage,
  concat,
  edit,
  hex,
  httpRequest,
  tcpFrame,
  tlsRecord,
} from '../support/packets.ts';
import { pcap } from '../support/pcap.ts';
import { clientDatagram, cryptoFrame, cryptoFrames } from '../support/quic.ts';
import { extension, helloMessage, record, serverHelloMessage } from '../support/tls.ts';

const A = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 443 };
const B = { src: A.dst, srcPort: A.dstPort, dst: A.src, dstPort: A.srcPort };
const ends = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.53', dstPort: 53 };
/** The random of a HelloRetryRequest (RFC 8446 §4.1.3). */
const RETRY = hex`cf 21 ad 74 e5 9a 61 11 be 1d 8c 02 1e 65 b8 91 c2 a2 11 16 7a bb 8c 5e 07 9e 09 e2 c8 a8 33 9c`;
const question = (name: string) => udpFrame({ ...ends, payload: dnsQuery(name) });

describe('every name of a flow is listed, with the packet in which it could first be read', () => {
  test.each([
    {
      name: 'a ClientHello in two segments, as with post-quantum keys',
      says: clientHello({ sni: 'a.test', after: [[0xff01, 1500]] }),
      size: 1000,
      kind: 'tls.sni',
    },
    {
      name: 'a head of 4 kB',
      says: `GET / HTTP/1.1\r\nHost: a.test\r\nCookie: ${'x'.repeat(4000)}\r\n\r\n`,
      size: 1400,
      kind: 'http.host',
    },
    {
      name: 'a head that comes byte by byte',
      says: `GET / HTTP/1.1\r\nHost: a.test\r\nCookie: ${'x'.repeat(400)}\r\n\r\n`,
      size: 1,
      kind: 'http.host',
    },
  ])('once, of $name', ({ says, size, kind }) => {
    const { frames } = new Conversation()
      .handshake()
      .client(says, { size })
      .client(httpRequest({ host: 'b.test' }));
    const [flow] = observed(...frames);
    const names = flow?.hosts.map((host) => `${host.kind} ${host.name}`);
    expect(names).toEqual([`${kind} a.test`, 'http.host b.test']);
    expect(flow?.hosts_left_out).toBe(0);
  });

  test('once, also of those that are too many', () => {
    const many = Array.from({ length: 256 }, (_, i) => httpRequest({ host: `${i}.test` }));
    const { frames } = new Conversation()
      .handshake()
      .client(concat(...many))
      .client(
        `GET / HTTP/1.1\r\nHost: b.test\r\nHost: c.test\r\nCookie: ${'x'.repeat(4000)}\r\n\r\n`,
      );
    const [flow] = observed(...frames);
    expect([flow?.hosts.length, flow?.hosts_left_out]).toEqual([256, 2]);
  });

  test('once, also of QUIC connections that are too many', () => {
    const frames = Array.from({ length: 300 }, (_, i) => {
      const dcid = Uint8Array.of(i >> 8, i, 0, 0, 0, 0, 0, 0);
      const message = clientHelloMessage({ sni: `n${1000 + i}.test` });
      const payload = clientDatagram({ dcid, frames: [cryptoFrame(0, message)] });
      return udpFrame({ ...A, payload });
    });
    const [flow] = observed(...frames);
    expect([flow?.hosts.length, flow?.hosts_left_out]).toEqual([256, 44]);
  });

  test('of questions over TCP, and not of their answers', () => {
    const message = (name: string, isAnswer: boolean): Uint8Array => {
      const query = dnsQuery(name);
      return concat(Uint8Array.of(0, query.length), isAnswer ? edit(query, 2, 0x81) : query);
    };
    const { frames } = new Conversation({ serverPort: 53 })
      .handshake()
      .client(message('a.test', false))
      .server(message('a.test', true))
      .client(message('b.test', false));
    const [flow] = observed(...frames);
    expect(flow?.hosts).toEqual([
      { kind: 'dns.qname', name: 'a.test', packet: 4 },
      { kind: 'dns.qname', name: 'b.test', packet: 6 },
    ]);
  });

  test('with 1,024 letters of one that is longer', () => {
    const { frames } = new Conversation()
      .handshake()
      .client(httpRequest({ host: 'x'.repeat(2000) }));
    expect(observed(...frames)[0]?.hosts[0]?.name).toBe(`${'x'.repeat(1024)}…`);
  });

  test('where both ends send a SYN at once, and the one whose SYN came second asks', () => {
    const way = { seq: 1000, ack: 0, flags: 'S' };
    const payload = httpRequest({ host: 'a.test' });
    const frames = [
      tcpFrame({ ...A, ...way }),
      tcpFrame({ ...B, ...way, seq: 5000 }),
      tcpFrame({ ...A, ...way, ack: 5001, flags: 'SA' }),
      tcpFrame({ ...B, seq: 5000, ack: 1001, flags: 'SA' }),
      tcpFrame({ ...B, seq: 5001, ack: 1001, flags: 'PA', payload }),
    ];
    expect(observed(...frames).flatMap(({ hosts }) => hosts)).toEqual([
      { kind: 'http.host', name: 'a.test', packet: 5 },
    ]);
  });

  test('where a SYN is not answered, and later the other end begins', () => {
    const payload = httpRequest({ host: 'a.test' });
    const frames = [
      tcpFrame({ ...A, seq: 1000, ack: 0, flags: 'S' }),
      tcpFrame({ ...B, seq: 5000, ack: 0, flags: 'S' }),
      tcpFrame({ ...A, seq: 90_000, ack: 5001, flags: 'SA' }),
      tcpFrame({ ...B, seq: 5001, ack: 90_001, flags: 'A' }),
      tcpFrame({ ...B, seq: 5001, ack: 90_001, flags: 'PA', payload }),
    ];
    expect(observed(...frames).flatMap(({ hosts }) => hosts)).toEqual([
      { kind: 'http.host', name: 'a.test', packet: 5 },
    ]);
  });

  test('once, of a request that begins on the SYN and goes on behind it', () => {
    const [first, rest] = ['GET / HTTP/1.1\r\nHost: a.test\r\n', 'X: y\r\n\r\n'].map((text) =>
      Buffer.from(text),
    ) as [Buffer, Buffer];
    const next = 1001 + first.length;
    const frames = [
      tcpFrame({ ...A, seq: 1000, ack: 0, flags: 'S', payload: first }),
      tcpFrame({ ...B, seq: 5000, ack: next, flags: 'SA' }),
      tcpFrame({ ...A, seq: next, ack: 5001, flags: 'PA', payload: rest }),
    ];
    expect(observed(...frames)[0]?.hosts).toEqual([
      { kind: 'http.host', name: 'a.test', packet: 1 },
    ]);
  });

  test('where both ends send a SYN at once', () => {
    const way = { seq: 1000, ack: 0, flags: 'S' };
    const frames = [
      tcpFrame({ ...A, ...way }),
      tcpFrame({ ...B, ...way, seq: 5000 }),
      tcpFrame({ ...A, ...way, ack: 5001, flags: 'SA' }),
      tcpFrame({ ...B, seq: 5000, ack: 1001, flags: 'SA' }),
      tcpFrame({
        ...A,
        seq: 1001,
        ack: 5001,
        flags: 'PA',
        payload: httpRequest({ host: 'a.test' }),
      }),
    ];
    const flows = observed(...frames);
    expect(flows).toHaveLength(1);
    expect(flows[0]?.hosts).toEqual([{ kind: 'http.host', name: 'a.test', packet: 5 }]);
  });
  test('requests one after the other, and two in a packet', () => {
    const [a, b, c] = ['a.test', 'b.test', 'c.test'].map((host) => httpRequest({ host }));
    const both = Buffer.concat([b as Uint8Array, c as Uint8Array]);
    const { frames } = new Conversation({ serverPort: 80 })
      .handshake()
      .client(a as Uint8Array)
      .client(both);
    expect(only(observed(...frames), 'host', 'hosts', 'hosts_left_out')).toEqual([
      {
        host: 'a.test',
        hosts: [
          { kind: 'http.host', name: 'a.test', packet: 4 },
          { kind: 'http.host', name: 'b.test', packet: 5 },
          { kind: 'http.host', name: 'c.test', packet: 5 },
        ],
        hosts_left_out: 0,
      },
    ]);
  });

  test('both Host fields of a request, and the first as `host`', () => {
    const request = 'GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n';
    const { frames } = new Conversation({ serverPort: 80 }).handshake().client(request);
    expect(only(observed(...frames), 'host', 'hosts')).toEqual([
      {
        host: 'a.test',
        hosts: [
          { kind: 'http.host', name: 'a.test', packet: 4 },
          { kind: 'http.host', name: 'b.test', packet: 4 },
        ],
      },
    ]);
  });

  test.each([
    { name: 'a server name', payload: clientHello({ sni: '' }) },
    { name: 'a Host field', payload: httpRequest({ host: '' }) },
  ])('$name that is empty is none', ({ payload }) => {
    const { frames } = new Conversation().handshake().client(payload);
    expect(only(observed(...frames), 'host', 'sni', 'hosts')).toEqual([
      { host: null, sni: null, hosts: [] },
    ]);
  });

  test('every question of a DNS message, as far as it goes', () => {
    const questions = ['a.test', 'b.test', 'c.test'].map((name) => dnsQuery(name).slice(12));
    const payload = concat(hex`1234 0100 0004 0000 0000 0000`, ...questions, hex`03 61 62`);
    const [flow] = observed(udpFrame({ ...ends, payload }));
    expect(flow?.qname).toBe('a.test');
    expect(flow?.hosts.map(({ name }) => name)).toEqual(['a.test', 'b.test', 'c.test']);
  });

  test('but no bytes of QUIC that could be read as a question', () => {
    const initial = hex`c0 00000001 08 0000 0000 0000 01 61 00 00 01 00 01`;
    const payload = concat(initial, new Uint8Array(1200 - initial.length));
    expect(only(observed(udpFrame({ ...ends, dstPort: 443, payload })), 'qname', 'hosts')).toEqual([
      { qname: null, hosts: [] },
    ]);
  });

  test('questions of one socket, and how many were left out', () => {
    const frames = Array.from({ length: 300 }, (_, i) => question(`n${i}.test`));
    const [flow] = observed(...frames);
    expect(flow).toMatchObject({ qname: 'n0.test', hosts_left_out: 44 });
    expect(flow?.hosts).toHaveLength(256);
    expect(flow?.hosts[255]).toEqual({ kind: 'dns.qname', name: 'n255.test', packet: 256 });
  });
});

/** As [packet, kind, name]. */
function namesIn(...frames: readonly Uint8Array[]) {
  return observed(...frames).map(({ hosts }) =>
    hosts.map(({ packet, kind, name }) => [packet, kind, name] as const),
  );
}

describe('names are listed wherever a flow says them', () => {
  const tcpQuery = (name: string) => {
    const message = dnsQuery(name);
    return concat(Uint8Array.of(message.length >> 8, message.length), message);
  };

  test('several questions in a TCP stream, whatever its segments', () => {
    const all = concat(...['a.test', 'b.test', 'c.test'].map(tcpQuery));
    const inOne = new Conversation({ serverPort: 53 }).handshake().client(all);
    expect(namesIn(...inOne.frames)).toEqual([
      [
        [4, 'dns.qname', 'a.test'],
        [4, 'dns.qname', 'b.test'],
        [4, 'dns.qname', 'c.test'],
      ],
    ]);
    const inBytes = new Conversation({ serverPort: 53 }).handshake().client(all, { size: 1 });
    const third = all.length / 3;
    expect(namesIn(...inBytes.frames)).toEqual([
      [
        [3 + third, 'dns.qname', 'a.test'],
        [3 + 2 * third, 'dns.qname', 'b.test'],
        [3 + all.length, 'dns.qname', 'c.test'],
      ],
    ]);
  });

  test('CONNECT, then TLS, and requests that CONNECT leads nowhere', () => {
    const connect = httpRequest({ method: 'CONNECT', target: 'b.test:443', host: 'b.test:443' });
    const { frames } = new Conversation({ serverPort: 3128 })
      .handshake()
      .client(connect)
      .server('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n')
      .client(connect)
      .server('HTTP/1.1 200 OK\r\n\r\n')
      .client(clientHello({ sni: 'a.test' }));
    expect(namesIn(...frames)).toEqual([
      [
        [4, 'http.host', 'b.test:443'],
        [6, 'http.host', 'b.test:443'],
        [8, 'tls.sni', 'a.test'],
      ],
    ]);
  });

  test('the host of a target, and the Host field where that differs', () => {
    const requests = [
      'CONNECT a.test:443 HTTP/1.0\r\n\r\n',
      'CONNECT a.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n',
      'GET http://c.test/ HTTP/1.1\r\nHost: d.test\r\n\r\n',
      'GET http://d.test/ HTTP/1.1\r\nHost: d.test\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: d.test\r\n\r\n',
    ];
    const talk = new Conversation({ serverPort: 3128 }).handshake();
    for (const request of requests) {
      talk.client(request).server('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n');
    }
    expect(only(observed(...talk.frames), 'host')).toEqual([{ host: 'b.test' }]);
    expect(namesIn(...talk.frames)).toEqual([
      [
        [4, 'http.host', 'a.test:443'],
        [6, 'http.host', 'a.test:443'],
        [6, 'http.host', 'b.test'],
        [8, 'http.host', 'c.test'],
        [8, 'http.host', 'd.test'],
        [10, 'http.host', 'd.test'],
        [12, 'http.host', 'd.test'],
      ],
    ]);
  });

  test('a second ClientHello, after a HelloRetryRequest', () => {
    const retry = tlsRecord(serverHelloMessage({ random: RETRY }));
    const change = hex`14 03 03 00 01 01`;
    const { frames } = new Conversation()
      .handshake()
      .client(clientHello({ sni: 'a.test' }))
      .server(concat(retry, change))
      .client(concat(change, clientHello({ sni: 'b.test' })));
    expect(namesIn(...frames)).toEqual([
      [
        [4, 'tls.sni', 'a.test'],
        [6, 'tls.sni', 'b.test'],
      ],
    ]);
  });

  test('nothing of an encrypted ClientHello, as renegotiation sends it', () => {
    const renegotiation = concat(hex`16 03 03 00 40`, new Uint8Array(64).fill(0x5a));
    const { frames } = new Conversation()
      .handshake()
      .client(clientHello({ sni: 'a.test' }))
      .client(concat(hex`14 03 03 00 01 01`, renegotiation))
      .client(renegotiation);
    expect(namesIn(...frames)).toEqual([[[4, 'tls.sni', 'a.test']]]);
  });

  test('several QUIC connections of one socket, between one another', () => {
    const way = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 443 };
    const sent = ['a.test', 'b.test', 'c.test'].map((sni, i) => {
      const dcid = Uint8Array.from({ length: 8 }, () => 16 * i + 1);
      const message = clientHelloMessage({ sni, before: [], after: [[0x15, 300]] });
      return cryptoFrames(message, 30).map((frame, packetNumber) =>
        udpFrame({ ...way, payload: clientDatagram({ dcid, packetNumber, frames: [frame] }) }),
      );
    });
    const firsts = sent.map(([first]) => first as Uint8Array);
    const [a, b, c] = sent.map(([, second]) => second) as [Uint8Array, Uint8Array, Uint8Array];
    expect(namesIn(...firsts, a, c, b)).toEqual([
      [
        [4, 'quic.sni', 'a.test'],
        [5, 'quic.sni', 'c.test'],
        [6, 'quic.sni', 'b.test'],
      ],
    ]);
  });

  test('a second ClientHello in QUIC, after a HelloRetryRequest', () => {
    const dcid = hex`01 02 03 04 05 06 07 08`;
    const first = clientHelloMessage({ sni: 'a.test' });
    const second = clientHelloMessage({ sni: 'b.test' });
    const way = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 443 };
    const frames = [
      clientDatagram({ dcid, frames: [cryptoFrame(0, first)] }),
      clientDatagram({ dcid, packetNumber: 1, frames: [cryptoFrame(first.length, second)] }),
    ].map((payload) => udpFrame({ ...way, payload }));
    expect(namesIn(...frames)).toEqual([
      [
        [1, 'quic.sni', 'a.test'],
        [2, 'quic.sni', 'b.test'],
      ],
    ]);
  });
});

describe('a file that breaks in the middle', () => {
  const { frames } = new Conversation().handshake().client(clientHello({ sni: 'a.test' }));
  const head = concat(sectionHeader(), interfaceBlock());
  const packets = concat(...frames.map((bytes) => enhancedPacket({ bytes })));
  const next = enhancedPacket({ bytes: frames[0] as Uint8Array });
  test.each([
    { name: 'a block length that lies', broken: edit(next, 4, 0x21), found: 'a block length of' },
    {
      name: 'lengths that differ',
      broken: edit(next, next.length - 4, 0),
      found: 'ends with length',
    },
    { name: 'more bytes than its block', broken: edit(next, 20, 255), found: 'captured bytes' },
    {
      name: 'an option longer than its block',
      broken: enhancedPacket({ bytes: frames[0] as Uint8Array, options: [hex`01 00 ff 00`] }),
      found: 'an option of 255 bytes',
    },
    {
      name: 'a section in no byte order',
      broken: edit(sectionHeader('big'), 8, 0, 0, 0, 0),
      found: 'byte-order magic',
    },
    {
      name: 'an interface of an earlier section',
      broken: concat(sectionHeader('big'), enhancedPacket({ bytes: next }, 'big')),
      found: 'a packet of interface 0',
    },
  ])('tells the flows before it, then what is wrong: $name', ({ broken, found }) => {
    const flows: string[] = [];
    const file = temporaryFile(concat(head, packets, broken));
    expect(() => observe(file, ({ sni }) => flows.push(sni ?? ''))).toThrow(found);
    expect(flows).toEqual(['a.test']);
  });

  test('the command line prints both', async () => {
    const place = openPlace();
    const file = place.write('x.pcapng', concat(head, packets, edit(next, 4, 0x21)));
    for (const how of [['--observe'], ['--scenario', 'az-2017']]) {
      const { stdout, stderr, exitCode } = await place.run(['replay', file, ...how]);
      expect(stdout).toContain('a.test');
      expect(stderr).toContain('found a block length of');
      expect(exitCode).toBe(2);
    }
  });

  test('sections in either byte order, each with interfaces of its own, are one capture', () => {
    const big = new Conversation({ clientPort: 41_000 }).handshake();
    big.client(clientHello({ sni: 'b.test' }));
    const raw = big.frames.map((frame) => ({ bytes: frame.slice(14), interfaceIndex: 1 }));
    const second = concat(
      sectionHeader('big'),
      interfaceBlock({}, 'big'),
      interfaceBlock({ linkType: 101 }, 'big'),
      ...raw.map((packet) => enhancedPacket(packet, 'big')),
    );
    expect(only(observedInFile(concat(head, packets, second)), 'sni')).toEqual([
      { sni: 'a.test' },
      { sni: 'b.test' },
    ]);
  });
});

describe('data on a SYN', () => {
  const decoy = clientHello({ sni: 'decoy.test' });
  const real = clientHello({ sni: 'real.test' });
  const syn = tcpFrame({ ...A, seq: 0, ack: 0, flags: 'S', payload: decoy });
  const after = 1 + decoy.length;
  const names = (...frames: Uint8Array[]) =>
    only(observed(...frames), 'sni', 'hosts').map(({ sni, hosts }) => [
      sni,
      ...hosts.map(({ name }) => name),
    ]);

  test('that the server did not acknowledge was not taken', () => {
    const seen = names(
      syn,
      tcpFrame({ ...B, seq: 0, ack: 1, flags: 'SA' }),
      tcpFrame({ ...A, seq: 1, ack: 1, flags: 'A' }),
      tcpFrame({ ...A, seq: 1, ack: 1, flags: 'PA', payload: real }),
    );
    expect(seen).toEqual([['real.test', 'real.test']]);
  });

  test('counts when the server acknowledges it', () => {
    const seen = names(syn, tcpFrame({ ...B, seq: 0, ack: after, flags: 'SA' }));
    expect(seen).toEqual([['decoy.test', 'decoy.test']]);
  });

  test('counts where no answer was captured and the client goes on behind it', () => {
    expect(names(syn, tcpFrame({ ...A, seq: after, ack: 1, flags: 'A' }))).toEqual([
      ['decoy.test', 'decoy.test'],
    ]);
    expect(names(syn)).toEqual([[null]]);
  });

  test.each([
    { name: 'decoy.test', payload: decoy },
    { name: 'real.test', payload: real },
  ])(
    'is nothing where only the client was captured and sends $name in its place',
    ({ name, payload }) => {
      const again = tcpFrame({ ...A, seq: 1, ack: 1, flags: 'PA', payload });
      const ack = tcpFrame({ ...A, seq: 1, ack: 1, flags: 'A' });
      expect(names(syn, again)).toEqual([[name, name]]);
      expect(names(syn, ack, again)).toEqual([[name, name]]);
    },
  );
});

describe('what the capture lacks, though the other end acknowledged it, is passed over', () => {
  const requests = ['a.test', 'b.test', 'c.test', 'd.test'].map((host) => httpRequest({ host }));
  const talk = (...says: readonly (string | Uint8Array)[]): Conversation => {
    const conversation = new Conversation({ serverPort: 80 }).handshake();
    for (const one of says) conversation.client(one).server('HTTP/1.1 204 No\r\n\r\n');
    return conversation;
  };
  const put = (bytes: number): string =>
    `PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${bytes}\r\n\r\n`;

  test.each<{ name: string; frames: readonly Uint8Array[]; want: readonly string[] }>([
    {
      name: 'a request: those behind it are read',
      frames: talk(...requests).frames.toSpliced(5, 1),
      want: ['a.test', 'c.test', 'd.test'],
    },
    {
      name: 'the beginning of a request: its rest is none',
      frames: talk(
        `GET / HTTP/1.1\r\nX: ${'x'.repeat(1400)}`,
        '\r\nHost: no.test\r\n\r\n',
        ...requests,
      ).frames.toSpliced(3, 1),
      want: ['a.test', 'b.test', 'c.test', 'd.test'],
    },
    {
      name: 'a part of a body whose length is known: the next request begins behind it',
      frames: talk(
        put(59),
        'x'.repeat(20),
        'y'.repeat(20),
        'GET / HTTP/1.1\r\nHos',
        ...requests,
      ).frames.toSpliced(7, 1),
      want: ['a.test', 'a.test', 'b.test', 'c.test', 'd.test'],
    },
    {
      name: 'the first bytes of all: what begins behind them is read',
      frames: talk(...requests).frames.flatMap((frame, i) => (i === 3 ? [] : [frame])),
      want: ['b.test', 'c.test', 'd.test'],
    },
    {
      name: 'a part of a chunk, with a request in the rest of it: those behind the body are read',
      frames: talk(
        'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n60\r\nab',
        'lost',
        'c\r\nGET / HTTP/1.1\r\nHost: in.test\r\n\r\nmore\r\n0\r\n\r\n',
        ...requests.slice(1),
      ).frames.toSpliced(5, 1),
      want: ['a.test', 'in.test', 'b.test', 'c.test', 'd.test'],
    },
    {
      name: 'two parts: what came early between them is read',
      frames: (() => {
        const { frames } = new Conversation({ serverPort: 80 })
          .handshake()
          .client(concat(...requests.slice(0, 1)))
          .client('lost')
          .client(requests[1] as Uint8Array)
          .client('lost, too')
          .client(requests[2] as Uint8Array)
          .server('HTTP/1.1 204 No\r\n\r\n')
          .client(requests[3] as Uint8Array);
        return frames.toSpliced(4, 1).toSpliced(5, 1);
      })(),
      want: ['a.test', 'b.test', 'c.test', 'd.test'],
    },
    ...['A', 'FA', 'RA'].map((flags) => ({
      name: `what comes before the last request, if the client then sends ${flags} alone`,
      frames: new Conversation({ serverPort: 80 })
        .handshake()
        .client(requests[0] as Uint8Array)
        .client('lost')
        .client(requests[1] as Uint8Array)
        .server('HTTP/1.1 204 No\r\n\r\n')
        .client('', { flags })
        .frames.toSpliced(4, 1),
      want: ['a.test', 'b.test'],
    })),
  ])('$name', ({ frames, want }) => {
    const [flow] = observed(...frames);
    expect(flow?.hosts.map(({ name }) => name)).toEqual(want);
  });

  const [a, b, c, d] = requests as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const open = (): Conversation => new Conversation({ serverPort: 80 }).handshake();
  const far = (): readonly Uint8Array[] => {
    const { frames } = open().client(a);
    const from = frames.length;
    const all = open()
      .client(a)
      .client('x'.repeat(3 << 20));
    const to = all.frames.length;
    return all
      .server('')
      .client(b)
      .server('')
      .client(c)
      .frames.toSpliced(from, to - from);
  };

  test.each<{ name: string; frames: readonly Uint8Array[]; want: string; gaps: number }>([
    {
      name: 'nothing where the client has closed its side',
      frames: open().client(a).client('', { flags: 'FA' }).server('x').client('', { flags: 'A' })
        .frames,
      ...{ want: 'a', gaps: 0 },
    },
    {
      name: 'nothing where the client has closed its side and then resets',
      frames: open().client(a).client('', { flags: 'FA' }).server('x').client('', { flags: 'RA' })
        .frames,
      ...{ want: 'a', gaps: 0 },
    },
    {
      name: 'nothing where the server has closed its side, and requests go on',
      frames: open().client(a).server('x', { flags: 'FA' }).client(b).server('', { flags: 'A' })
        .frames,
      ...{ want: 'ab', gaps: 0 },
    },
    {
      name: 'no more than was acknowledged: what comes late behind it is read',
      frames: (() => {
        const { frames } = open().client(a).client(b).server('').client(c).client(d);
        return frames.toSpliced(6, 2, ...frames.slice(6).reverse()).toSpliced(4, 1);
      })(),
      ...{ want: 'acd', gaps: 1 },
    },
    {
      name: 'nothing where the first request was captured after its acknowledgement',
      frames: (() => {
        const { frames } = open().client(a).server('').client(b);
        return frames.toSpliced(3, 2, ...frames.slice(3, 5).reverse());
      })(),
      ...{ want: 'ab', gaps: 0 },
    },
    {
      name: 'nothing where the second request was captured after its acknowledgement',
      frames: (() => {
        const { frames } = open().client(a).client(b).server('').client(c);
        return frames.toSpliced(4, 2, ...frames.slice(4, 6).reverse());
      })(),
      ...{ want: 'abc', gaps: 0 },
    },
    { name: 'more than a window', frames: far(), want: 'abc', gaps: 1 },
  ])('$name', ({ frames, want, gaps }) => {
    const names: string[] = [];
    const result = observe(temporaryFile(pcap(frames)), ({ hosts }) =>
      names.push(...hosts.map(({ name }) => name.replace('.test', ''))),
    );
    expect([names.join(''), result.gaps]).toEqual([want, gaps]);
  });

  test('and is told', async () => {
    const place = openPlace();
    place.write('gap.pcap', pcap(talk(...requests).frames.toSpliced(5, 1)));
    const { stderr } = await place.run(['replay', 'gap.pcap', '--observe']);
    expect(stderr).toBe(
      '1 gap: bytes that were acknowledged are not in the capture; reading went on at what begins behind them\n',
    );
    const censored = await place.run([
      'replay',
      'gap.pcap',
      '--scenario',
      'four-models',
      '--profile',
      'N',
    ]);
    expect(censored.stderr).toContain(
      '2 segments were not read: behind bytes that were acknowledged, and are not in the capture\n',
    );
  });
});

test.each([
  { room: 100, flows: 3 },
  { room: 10_000, flows: 2 },
])(
  'where names take more than $room bytes, the oldest flow is told, and goes on as another',
  ({ room, flows }) => {
    const [one, other] = [40_000, 40_001].map((clientPort) => {
      return new Conversation({ clientPort }).handshake().client(httpRequest({ host: 'a.test' }));
    }) as [Conversation, Conversation];
    const begun = [...one.frames, ...other.frames];
    const rest = one.client(httpRequest({ host: 'b.test' })).frames.slice(-1);
    const told: number[] = [];
    const file = temporaryFile(pcap([...begun, ...rest]));
    observe(file, ({ src_port }) => told.push(src_port), room);
    expect(told.toSorted()).toEqual(flows === 3 ? [40_000, 40_000, 40_001] : [40_000, 40_001]);
  },
);

test.each([
  { room: 10_000, flows: 3 },
  { room: 40_000, flows: 2 },
])('names of ALPN take of these $room bytes, too', ({ room, flows }) => {
  const protocols = Array.from({ length: 64 }, (_, i) => ascii(`${i}${'x'.repeat(200)}`));
  const hello = record(22, helloMessage({ extensions: [extension.alpn(...protocols)] }));
  const [one, other] = [40_000, 40_001].map((clientPort) =>
    new Conversation({ clientPort }).handshake().client(hello),
  ) as [Conversation, Conversation];
  const begun = [...one.frames, ...other.frames];
  const told: number[] = [];
  const file = temporaryFile(pcap([...begun, ...one.client('more').frames.slice(-1)]));
  observe(file, ({ src_port }) => told.push(src_port), room);
  expect(told).toHaveLength(flows);
});
