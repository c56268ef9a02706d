import { describe, expect, test } from 'vitest';
import { Conversation, type Ends } from '../support/conversation.ts';
import { type Datagram, udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { observed, observedIn, only } from '../support/observing.ts';
import { clientHello, concat, hex, httpRequest, tcpFrame } from '../support/packets.ts';
import { record } from '../support/tls.ts';

const HELLO = clientHello({ sni: 'a.test' });
const SERVER_HELLO = record(
  22,
  concat(hex`02 00 00 26 03 03`, new Uint8Array(32), hex`00 13 01 00`),
);
const CLIENT = { src: '10.0.0.1', src_port: 40_000, dst: '198.18.0.80', dst_port: 443 };
const SERVER = { src: '198.18.0.80', src_port: 443, dst: '10.0.0.1', dst_port: 40_000 };
const WAY = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 443 };

const request = (host: string, ends: Ends = {}): Conversation =>
  new Conversation(ends).handshake().client(httpRequest({ host }));

describe('what is seen of a connection', () => {
  const both = new Conversation().handshake().client(HELLO).server(SERVER_HELLO);

  test('from its SYN on: the client is who sent it', () => {
    expect(observed(...both.frames)).toEqual([
      expect.objectContaining({ ...CLIENT, sni: 'a.test', server_cipher: '0x1301' }),
    ]);
  });

  test('from the SYN/ACK on: the client is who it was sent to', () => {
    expect(observed(...both.frames.slice(1))).toEqual([
      expect.objectContaining({ ...CLIENT, sni: 'a.test', server_cipher: '0x1301' }),
    ]);
  });

  test('from the ClientHello on', () => {
    expect(observed(...both.frames.slice(3))).toEqual([
      expect.objectContaining({ ...CLIENT, sni: 'a.test', server_cipher: '0x1301' }),
    ]);
  });

  test('of the client alone', () => {
    const frames = both.frames.filter((_, i) => [0, 2, 3].includes(i));
    expect(observed(...frames)).toEqual([
      expect.objectContaining({ ...CLIENT, sni: 'a.test', server_cipher: null }),
    ]);
  });

  test('of the server alone', () => {
    expect(observed(...both.frames.filter((_, i) => [1, 4].includes(i)))).toEqual([
      expect.objectContaining({ ...CLIENT, sni: null, server_cipher: '0x1301' }),
    ]);
    expect(observed(...both.frames.slice(4))).toEqual([
      expect.objectContaining({ ...SERVER, protocol: 'tls', sni: null, server_cipher: '0x1301' }),
    ]);
  });

  test('from the middle of what is encrypted on: nothing is read', () => {
    const data = concat(hex`17 03 03 00 20`, new Uint8Array(32).fill(0x0a));
    const talk = new Conversation().handshake().client(data).server(data).client(data);
    expect(observed(...talk.frames.slice(3))).toEqual([
      expect.objectContaining({
        ...CLIENT,
        protocol: 'unknown',
        sni: null,
        host: null,
        qname: null,
      }),
    ]);
  });

  test('from the middle of a request on: the next is read', () => {
    const talk = request('a.test').client(httpRequest({ host: 'b.test' }));
    const rest = httpRequest({ host: 'a.test' }).length - 6;
    const cut = tcpFrame({
      ...WAY,
      seq: 1001 + rest,
      ack: 5001,
      flags: 'PA',
      payload: hex`73740d0a0d0a`,
    });
    expect(observed(cut, ...talk.frames.slice(4))).toEqual([
      expect.objectContaining({ ...CLIENT, host: 'b.test' }),
    ]);
  });

  test('without a packet that was lost: nothing is read across the gap', () => {
    const talk = new Conversation().handshake().client(HELLO, { size: 60 });
    expect(observed(...talk.frames.filter((_, i) => i !== 4))).toEqual([
      expect.objectContaining({ ...CLIENT, protocol: 'tls', sni: null }),
    ]);
  });

  test('with nothing but SYNs', () => {
    expect(observed(...new Conversation().syn().syn().frames)).toEqual([
      expect.objectContaining({ ...CLIENT, transport: 'tcp', protocol: null, sni: null }),
    ]);
  });
});

describe('a payload on a SYN', () => {
  const request = httpRequest({ host: 'a.test' });
  const syn = (payload: Uint8Array) => tcpFrame({ ...WAY, seq: 1000, ack: 0, flags: 'S', payload });
  const answer = (ack: number): Uint8Array =>
    tcpFrame({
      src: WAY.dst,
      srcPort: 443,
      dst: WAY.src,
      dstPort: 40_000,
      seq: 5000,
      ack,
      flags: 'SA',
    });
  const data = (seq: number, payload: Uint8Array): Uint8Array =>
    tcpFrame({ ...WAY, seq, ack: 5001, flags: 'PA', payload });

  test.each([
    {
      name: 'is read on its own where the server takes it',
      frames: [syn(request), answer(1001 + request.length)],
    },
    {
      name: 'is the beginning of what follows',
      frames: [syn(request.slice(0, 20)), answer(1021), data(1021, request.slice(20))],
    },
    {
      name: 'is sent from where the server took no more',
      frames: [syn(request), answer(1011), data(1011, request.slice(10))],
    },
    {
      name: 'is sent again from its beginning, though the server took some',
      frames: [syn(request), answer(1011), data(1001, request)],
    },
    {
      name: 'is sent in pieces from where the server took no more',
      frames: [
        syn(request),
        answer(1002),
        data(1002, request.slice(1, 9)),
        data(1010, request.slice(9)),
      ],
    },
    {
      name: 'becomes something else behind the part that the server took',
      frames: [
        syn(httpRequest({ host: 'b.test' })),
        answer(1011),
        data(1011, request.slice(10)),
        answer(1001),
      ],
    },
    {
      name: 'is nothing where the server refuses it',
      frames: [syn(HELLO.slice(0, 30)), answer(1001), data(1001, request)],
    },
    {
      name: 'is read once where it is sent again',
      frames: [syn(request), answer(1001), data(1001, request), answer(1001)],
    },
  ])('$name', ({ frames }) => {
    expect(only(observed(...frames), 'host', 'sni')).toEqual([{ host: 'a.test', sni: null }]);
  });
});

describe('one flow', () => {
  test('is one with its SYN repeated', () => {
    const talk = new Conversation().syn().syn().synAck().synAck().client('', { flags: 'A' });
    talk.client(HELLO).syn().client('x');
    expect(only(observed(...talk.frames), 'sni')).toEqual([{ sni: 'a.test' }]);
  });

  test('has a byte before its first that keeps it alive', () => {
    const probe = tcpFrame({ ...WAY, seq: 1000, ack: 5001, flags: 'A', payload: hex`00` });
    const { frames } = request('a.test');
    const want = [{ host: 'a.test', protocol: 'http' }];
    const seen = observed(...frames.slice(0, 3), probe, ...frames.slice(3));
    expect(only(seen, 'host', 'protocol')).toEqual(want);
  });

  test('goes on after two hours without a packet', () => {
    const { frames } = request('a.test').client('x');
    const packets = frames.map((bytes, i) => ({ bytes, ticks: i < 3 ? 0n : 7_200_000_000n }));
    expect(only(observedIn(packets), 'host')).toEqual([{ host: 'a.test' }]);
  });

  test('is one in both directions, over IPv6 too', () => {
    const ends = { client: 'fd00::1', server: 'fd00::2' };
    const { frames } = request('a.test', ends).server('HTTP/1.1 204 No\r\n\r\n').finish();
    expect(only(observed(...frames), 'src', 'dst', 'host')).toEqual([
      { src: 'fd00::1', dst: 'fd00::2', host: 'a.test' },
    ]);
  });

  test('is not closed by a RST that somebody may have forged', () => {
    const { frames } = new Conversation().handshake().client('', { flags: 'R' }).client(HELLO);
    expect(only(observed(...frames), 'sni')).toEqual([{ sni: 'a.test' }]);
  });
});

describe('a SYN with another number begins another flow on the same ports', () => {
  const again = { clientIsn: 0x7000_0000, serverIsn: 0x3000_0000 };
  const second = new Conversation(again).handshake().client(HELLO).server(SERVER_HELLO);
  const first = (): Conversation =>
    new Conversation().handshake().client(HELLO).server(SERVER_HELLO);
  const flow = { ...CLIENT, protocol: 'tls', sni: 'a.test', server_cipher: '0x1301' };

  test.each([
    { name: 'after both FINs', frames: first().finish().frames },
    { name: 'after one FIN', frames: first().client('', { flags: 'FA' }).frames },
    { name: 'after a RST', frames: first().server('', { flags: 'R' }).frames },
    { name: 'after nothing of the kind', frames: first().frames },
    { name: 'after a flow whose SYN was not seen', frames: first().frames.slice(3) },
  ])('$name', ({ frames }) => {
    const seen = observed(...frames, ...second.frames);
    expect(seen).toEqual([expect.objectContaining(flow), expect.objectContaining(flow)]);
    expect(Date.parse(seen[1]?.first ?? '')).toBeGreaterThan(Date.parse(seen[0]?.last ?? ''));
  });

  test('and where the other end sends it, it is the client', () => {
    const ends = { client: '198.18.0.80', clientPort: 443, server: '10.0.0.1', serverPort: 40_000 };
    const { frames } = request('b.test', { ...ends, ...again });
    expect(observed(...first().frames, ...frames)).toEqual([
      expect.objectContaining(flow),
      expect.objectContaining({ ...SERVER, host: 'b.test' }),
    ]);
  });
});

describe('flows of UDP', () => {
  test('are told apart by both ports, and begin with who sends first', () => {
    const ask = (srcPort: number, name: string): Uint8Array =>
      udpFrame({ ...WAY, dstPort: 53, srcPort, payload: dnsQuery(name) } as Datagram);
    const seen = observed(ask(1, 'a.test'), ask(2, 'b.test'), ask(1, 'c.test'));
    expect(only(seen, 'src_port', 'qname').toSorted((a, b) => a.src_port - b.src_port)).toEqual([
      { src_port: 1, qname: 'a.test' },
      { src_port: 2, qname: 'b.test' },
    ]);
  });

  test('are not those of TCP with the same ports', () => {
    const { frames } = request('a.test');
    const seen = observed(...frames, udpFrame({ ...WAY, payload: dnsQuery('b.test') }));
    expect(only(seen, 'transport', 'host', 'qname')).toEqual([
      { transport: 'tcp', host: 'a.test', qname: null },
      { transport: 'udp', host: null, qname: 'b.test' },
    ]);
  });
});
