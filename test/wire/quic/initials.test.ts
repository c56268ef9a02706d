import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QuicConnection } from '../../../src/wire/quic/connection.ts';
import type { CryptoStream } from '../../../src/wire/quic/crypto-stream.ts';
import { QuicInitials } from '../../../src/wire/quic/initials.ts';
import { clientHelloMessage, concat, edit, hex, placed } from '../../support/packets.ts';
import {
  ackFrame,
  clientDatagram,
  cryptoFrame,
  cryptoFrames,
  type Initial,
  initialPacket,
  longPacket,
  PING,
  padding,
  QUIC_V1,
  QUIC_V2,
} from '../../support/quic.ts';
import { CHROMIUM_FIRST, CHROMIUM_SECOND } from '../../support/quic-chromium.ts';
import {
  CLIENT_FRAME,
  CLIENT_INITIAL_V1,
  CLIENT_INITIAL_V2,
  DCID,
  RETRY_V1,
  SERVER_FRAMES,
  SERVER_INITIAL_V1,
  SERVER_INITIAL_V2,
} from '../../support/quic-vectors.ts';
import { u16s } from '../../support/tls.ts';

const HELLO = clientHelloMessage({ sni: 'www.example.org' });
const OTHER_HELLO = clientHelloMessage({ sni: 'www.example.net' });
const SERVER_HELLO = concat(hex`02 00 00 30`, new Uint8Array(0x30).fill(0x77));
const SCID = hex`f0 67 a5 50 2a 42 62 b5`;
const LIMIT = 4096;
const MANY = { most: 8, mostUnreadable: 16 };
const ONE = { most: 1, mostUnreadable: 16 };

test.each([
  { of: 'RFC 9001', client: CLIENT_INITIAL_V1, server: SERVER_INITIAL_V1 },
  { of: 'RFC 9369', client: CLIENT_INITIAL_V2, server: SERVER_INITIAL_V2 },
])('the exchange of $of shows its ClientHello and its ServerHello', ({ client, server }) => {
  const initials = new Reader();
  expect(take(initials, client, 'client')).toBe(true);
  expect(take(initials, server, 'server')).toBe(true);
  expect(toServer(initials)).toEqual(CLIENT_FRAME.slice(4));
  expect(toClient(initials)).toEqual(SERVER_FRAMES.slice(9));
  expect(initials).toMatchObject({ connectionCount: 1, isSpent: false });
});

test("Chromium's ClientHello, which it deals out over two datagrams, is put together", () => {
  const initials = new Reader();
  expect(take(initials, CHROMIUM_FIRST, 'client')).toBe(true);
  expect(toServer(initials).length).toBe(76);
  expect(take(initials, CHROMIUM_SECOND, 'client')).toBe(true);
  const message = Buffer.from(toServer(initials));
  expect({ type: message[0], length: message.readUIntBE(1, 3) }).toEqual({
    type: 1,
    length: message.length - 4,
  });
  expect(message.includes('www.example.org')).toBe(true);
});

test('a ClientHello is put together from any pieces, in any order, over any packets and datagrams', () => {
  const anyPieces = fc.array(fc.integer({ min: 1, max: HELLO.length - 1 }), { maxLength: 10 });
  const anyInitial = fc.record({
    version: fc.constantFrom(QUIC_V1, QUIC_V2),
    dcid: fc.uint8Array({ minLength: 8, maxLength: 20 }),
    token: fc.uint8Array({ maxLength: 70 }),
    packetNumberLength: fc.constantFrom(1, 2, 3, 4),
  });
  const anySeed = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(anyPieces, anyInitial, anySeed, (cuts, initial, seed) => {
      const next = (): number => seed.next().value ?? 0;
      const sorted = [...new Set(cuts)].sort((one, other) => one - other);
      const frames = shuffled(cryptoFrames(HELLO, ...sorted), next);
      const initials = new Reader();
      for (const datagram of datagramsOf(frames, initial, next)) take(initials, datagram, 'client');
      expect(toServer(initials)).toEqual(HELLO);
      expect(initials.connectionCount).toBe(1);
    }),
  );
});

test('a ClientHello over two Initials is whole when the second has come, whichever that is', () => {
  const [first, second] = cryptoFrames(HELLO, 60) as [Uint8Array, Uint8Array];
  const one = clientDatagram({ dcid: DCID, packetNumber: 0, frames: [first] });
  const two = clientDatagram({ dcid: DCID, packetNumber: 1, frames: [second] });
  for (const datagrams of [
    [one, two],
    [two, one],
  ]) {
    const initials = new Reader();
    const seen = datagrams.map((datagram) => take(initials, datagram, 'client'));
    expect(seen).toEqual([datagrams[0] === one, true]);
    expect(toServer(initials)).toEqual(HELLO);
  }
});

describe('coalesced packets', () => {
  const [first, second] = cryptoFrames(HELLO, 60) as [Uint8Array, Uint8Array];
  const one = initialPacket({ dcid: DCID, frames: [first] });
  const other = longPacket({ type: 'zero-rtt', dcid: DCID, length: 200 });

  test('are all read, and others between them are passed over', () => {
    const two = initialPacket({ dcid: DCID, packetNumber: 1, frames: [second], padTo: 900 });
    expect(afterClient(concat(one, other, two))).toEqual(HELLO);
  });

  test('are ignored under another connection ID than the first (RFC 9000 §12.2)', () => {
    const foreign = initialPacket({
      dcid: SCID,
      keysFrom: DCID,
      packetNumber: 1,
      frames: [second],
    });
    expect(afterClient(concat(one, foreign))).toEqual(HELLO.slice(0, 60));
    expect(afterClient(one, foreign)).toEqual(HELLO);
  });

  test('may be followed by zeros or a short header', () => {
    for (const tail of [new Uint8Array(900), hex`40 01 02 03`, hex`c0`]) {
      expect(afterClient(concat(one, tail))).toEqual(HELLO.slice(0, 60));
    }
  });
});

describe('the keys of a connection', () => {
  const [first, second] = cryptoFrames(HELLO, 60) as [Uint8Array, Uint8Array];
  const begin = clientDatagram({ dcid: DCID, frames: [first] });

  test('stay, once the server has chosen a connection ID of its own', () => {
    const rest = { dcid: SCID, keysFrom: DCID, packetNumber: 1, frames: [second] };
    expect(afterClient(begin, clientDatagram(rest))).toEqual(HELLO);
  });

  test('change with the version that client and server agree on (RFC 9369 §4.1)', () => {
    const rest = { dcid: SCID, keysFrom: DCID, packetNumber: 1, frames: [second] };
    const answer = {
      version: QUIC_V2,
      dcid: hex``,
      scid: SCID,
      keysFrom: DCID,
      from: 'server',
    } as const;
    const initials = new Reader();
    take(initials, begin, 'client');
    take(initials, initialPacket({ ...answer, frames: [cryptoFrame(0, SERVER_HELLO)] }), 'server');
    take(initials, clientDatagram({ version: QUIC_V2, ...rest }), 'client');
    expect(toClient(initials)).toEqual(SERVER_HELLO);
    expect(toServer(initials)).toEqual(HELLO);
  });

  test('are derived anew after a Retry, and the ClientHello begins anew', () => {
    const initials = new Reader();
    const again = {
      dcid: SCID,
      token: hex`74 6f 6b 65 6e`,
      packetNumber: 1,
      frames: [cryptoFrame(0, HELLO)],
    };
    const answer = {
      dcid: hex``,
      keysFrom: SCID,
      from: 'server',
      frames: [cryptoFrame(0, SERVER_HELLO)],
    } as const;
    expect(take(initials, begin, 'client')).toBe(true);
    expect(take(initials, RETRY_V1, 'server')).toBe(false);
    expect(take(initials, clientDatagram(again), 'client')).toBe(true);
    expect(take(initials, initialPacket(answer), 'server')).toBe(true);
    expect(toServer(initials)).toEqual(HELLO);
    expect(toClient(initials)).toEqual(SERVER_HELLO);
    expect(initials.connectionCount).toBe(2);
  });

  test('are those of the latest connection on the same ports', () => {
    const initials = new Reader();
    const answer = { dcid: hex``, keysFrom: DCID, from: 'server' } as const;
    const other = { dcid: SCID, frames: [cryptoFrame(0, OTHER_HELLO)] };
    take(initials, begin, 'client');
    take(initials, initialPacket({ ...answer, frames: [cryptoFrame(0, SERVER_HELLO)] }), 'server');
    take(initials, clientDatagram(other), 'client');
    expect(toServer(initials)).toEqual(OTHER_HELLO);
    expect(toClient(initials)).toEqual(hex``);
  });
});

describe('ignored', () => {
  const whole: Initial = { dcid: DCID, frames: [cryptoFrame(0, HELLO)] };
  const datagram = clientDatagram(whole);

  test.each([
    { name: 'a forged Initial', bytes: edit(datagram, 700, (datagram[700] ?? 0) ^ 1) },
    { name: 'an Initial of another version', bytes: edit(datagram, 1, 0x1a, 0x2a, 0x3a, 0x4a) },
    {
      name: 'an Initial under the keys of nobody',
      bytes: clientDatagram({ ...whole, keysFrom: SCID }),
    },
    {
      name: 'a Handshake packet',
      bytes: longPacket({ type: 'handshake', dcid: DCID, length: 90 }),
    },
    { name: 'a short header', bytes: hex`40 01 02 03` },
    { name: 'no bytes', bytes: hex`` },
  ])('$name begins no connection, and keeps none from beginning', ({ bytes }) => {
    const initials = new Reader();
    expect(take(initials, bytes, 'client')).toBe(false);
    expect(initials.connectionCount).toBe(0);
    expect(take(initials, datagram, 'client')).toBe(true);
    expect(toServer(initials)).toEqual(HELLO);
  });

  test("a server's Initial, while no client has begun", () => {
    const initials = new Reader();
    expect(take(initials, SERVER_INITIAL_V1, 'server')).toBe(false);
    expect(initials).toMatchObject({ connectionCount: 0, isSpent: false });
  });

  test("a server's Initial that comes from the client's side", () => {
    const initials = new Reader();
    take(initials, CLIENT_INITIAL_V1, 'client');
    expect(take(initials, SERVER_INITIAL_V1, 'client')).toBe(false);
    expect(toServer(initials)).toEqual(CLIENT_FRAME.slice(4));
  });
});

describe('limits count what cannot be read:', () => {
  const forged = edit(CLIENT_INITIAL_V1, 700, 0);

  test('after 16 Initials in a row that nothing opens, nothing is read, whatever comes', () => {
    const initials = new Reader();
    for (let attempt = 1; attempt <= 16; attempt++) {
      expect(initials.isSpent).toBe(false);
      take(initials, forged, 'client');
    }
    expect(initials.isSpent).toBe(true);
    expect(take(initials, CLIENT_INITIAL_V1, 'client')).toBe(false);
  });

  test('what can be read in between begins the count anew', () => {
    const initials = new Reader();
    for (let i = 0; i < 100; i++) {
      take(initials, forged, 'client');
      if (i % 15 === 0) take(initials, CLIENT_INITIAL_V1, 'client');
    }
    expect(initials.isSpent).toBe(false);
  });

  test('hundreds of connections that can be read, one after the other, use nothing up', () => {
    const initials = new Reader();
    for (let i = 0; i < 300; i++) {
      const dcid = u16s(i, i, i, i);
      take(initials, clientDatagram({ dcid, frames: [cryptoFrame(0, HELLO)] }), 'client');
      expect(toServer(initials)).toEqual(HELLO);
    }
    expect(initials).toMatchObject({ connectionCount: 300, isSpent: false });
    expect(initials.initials.size).toBe(8);
  });

  test('a datagram full of Initials is read up to the 64th', () => {
    const initials = new Reader();
    const tiny = Array.from({ length: 1000 }, (_, i) => {
      return initialPacket({ dcid: DCID, packetNumber: i, frames: [cryptoFrame(i, hex`aa`)] });
    });
    take(initials, concat(...tiny), 'client');
    expect(toServer(initials).length).toBe(64);
  });
});

describe('several connections on the same ports', () => {
  const [first, second] = cryptoFrames(HELLO, 60) as [Uint8Array, Uint8Array];
  const [otherFirst, otherSecond] = cryptoFrames(OTHER_HELLO, 60) as [Uint8Array, Uint8Array];
  const OTHER = hex`aa bb cc dd ee ff 00 11`;
  const one = (packetNumber: number, ...frames: Uint8Array[]): Uint8Array =>
    clientDatagram({ dcid: DCID, packetNumber, frames });
  const other = (packetNumber: number, ...frames: Uint8Array[]): Uint8Array =>
    clientDatagram({ dcid: OTHER, packetNumber, frames });
  const hellos = ({ connections }: Reader): Uint8Array[] =>
    connections.map(({ toServer }) => said(toServer));

  test('are told apart by connection ID, while their Initials alternate', () => {
    const initials = new Reader();
    for (const datagram of [
      one(0, first),
      other(0, otherSecond),
      other(1, otherFirst),
      one(1, second),
    ]) {
      take(initials, datagram, 'client');
    }
    expect(hellos(initials)).toEqual([HELLO, OTHER_HELLO]);
  });

  test('are told apart by what the server calls itself, once it has answered', () => {
    const initials = new Reader();
    const [oneServer, otherServer] = [hex`01 01 01 01`, hex`02 02 02 02`];
    take(initials, one(0, first), 'client');
    take(initials, other(0, otherFirst), 'client');
    for (const [keysFrom, scid] of [
      [DCID, oneServer],
      [OTHER, otherServer],
    ] as const) {
      const answer = {
        dcid: hex``,
        scid,
        keysFrom,
        from: 'server',
        frames: [ackFrame(0)],
      } as const;
      take(initials, initialPacket(answer), 'server');
    }
    const rest = { packetNumber: 1, frames: [otherSecond] };
    take(initials, clientDatagram({ dcid: otherServer, keysFrom: OTHER, ...rest }), 'client');
    take(
      initials,
      clientDatagram({ dcid: oneServer, keysFrom: DCID, packetNumber: 1, frames: [second] }),
      'client',
    );
    expect(hellos(initials)).toEqual([HELLO, OTHER_HELLO]);
  });

  test("a server's answer belongs to the client that it is for", () => {
    const initials = new Reader();
    const [oneClient, otherClient] = [hex`c1`, hex`c2`];
    take(initials, clientDatagram({ dcid: DCID, scid: oneClient, frames: [first] }), 'client');
    take(
      initials,
      clientDatagram({ dcid: OTHER, scid: otherClient, frames: [otherFirst] }),
      'client',
    );
    const answer = { dcid: oneClient, keysFrom: DCID, from: 'server' } as const;
    take(initials, initialPacket({ ...answer, frames: [cryptoFrame(0, SERVER_HELLO)] }), 'server');
    const heard = initials.connections.map(({ toClient }) => said(toClient));
    expect(heard).toEqual([SERVER_HELLO, hex``]);
  });

  test('a decoy under the same connection ID hides nothing: both accounts are read', () => {
    for (const datagrams of [
      [one(0, cryptoFrame(0, OTHER_HELLO)), one(0, cryptoFrame(0, HELLO))],
      [one(0, otherFirst), one(0, first), one(1, second)],
      [one(0, first), one(0, otherFirst), one(1, second), one(1, otherSecond)],
    ]) {
      const initials = new Reader();
      for (const datagram of datagrams) take(initials, datagram, 'client');
      expect(hellos(initials)).toContainEqual(HELLO);
    }
  });

  test('another version under the same connection ID is another connection', () => {
    const initials = new Reader();
    const v2 = { dcid: DCID, version: QUIC_V2, frames: [cryptoFrame(0, OTHER_HELLO)] };
    take(initials, clientDatagram(v2), 'client');
    take(initials, one(0, cryptoFrame(0, HELLO)), 'client');
    expect(hellos(initials)).toEqual([OTHER_HELLO, HELLO]);
  });

  test('more than are kept make room, those first whose ClientHello was read', () => {
    const initials = new Reader({ most: 2, mostUnreadable: 16 });
    take(initials, one(0, first), 'client');
    take(initials, other(0, cryptoFrame(0, OTHER_HELLO)), 'client');
    for (const { toServer } of initials.connections) {
      const connection = initials.connections.find((known) => known.toServer === toServer);
      if (connection !== undefined) connection.isClientRead = toServer.end === OTHER_HELLO.length;
    }
    take(initials, clientDatagram({ dcid: hex`03 03 03 03`, frames: [first] }), 'client');
    take(initials, one(1, second), 'client');
    expect(hellos(initials)[0]).toEqual(HELLO);
  });

  test('a reader that takes the flow for one connection keeps the latest alone', () => {
    const initials = new Reader(ONE);
    take(initials, one(0, first), 'client');
    take(initials, other(0, otherFirst), 'client');
    take(initials, one(1, second), 'client');
    expect(hellos(initials).at(-1)).not.toEqual(HELLO);
    expect(initials.initials.size).toBe(1);
  });

  test('an Initial without handshake bytes begins none', () => {
    const initials = new Reader();
    take(initials, one(0, PING), 'client');
    expect(initials.initials.size).toBe(0);
    take(initials, one(1, cryptoFrame(0, HELLO)), 'client');
    expect(hellos(initials)).toEqual([HELLO]);
  });

  test('those that were read are let go, and known again', () => {
    const { initials, connections, ...reader } = new Reader();
    expect(reader).toEqual({});
    const whole = one(0, cryptoFrame(0, HELLO));
    const takeWhole = (): QuicConnection => {
      const { bytes, at, end } = placed(whole);
      initials.take(bytes, at, end, 'client');
      return initials.grown[0] as QuicConnection;
    };
    const connection = takeWhole();
    expect(connections).toEqual([]);
    expect([initials.read.hasBegunSo(connection), initials.read.add(connection)]).toEqual([
      false,
      true,
    ]);
    connection.isClientRead = connection.isServerRead = true;
    initials.tidy(1 << 20);
    expect([initials.size, initials.held]).toEqual([0, 0]);
    const again = takeWhole();
    expect([initials.read.hasBegunSo(again), initials.read.add(again)]).toEqual([true, false]);
    initials.tidy(0);
    expect(initials.size).toBe(0);
  });
});

test('mutated datagrams never throw, and show no byte that was not sent', () => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { minLength: 1, maxLength: 6 });
  const frames = [ackFrame(1), ...cryptoFrames(HELLO, 40, 90).toReversed(), PING, padding(9)];
  const base = concat(
    initialPacket({ dcid: DCID, token: hex`01 02`, frames }),
    longPacket({ type: 'handshake', dcid: DCID, length: 60 }),
  );
  const headerBytes = 30;
  fc.assert(
    fc.property(edits, fc.nat(base.length), fc.boolean(), (changes, cut, isHeader) => {
      const datagram = base.slice(0, Math.max(cut, headerBytes));
      for (const [at, value] of changes) {
        datagram[at % (isHeader ? headerBytes : datagram.length)] = value;
      }
      const shown = afterClient(datagram, base, datagram);
      expect(shown).toEqual(HELLO);
    }),
    { numRuns: 1000 },
  );
});

function take(initials: Reader, datagram: Uint8Array, from: 'client' | 'server'): boolean {
  const { bytes, at, end } = placed(datagram);
  return initials.take(bytes, at, end, from);
}

function afterClient(...datagrams: readonly Uint8Array[]): Uint8Array {
  const initials = new Reader();
  for (const datagram of datagrams) take(initials, datagram, 'client');
  return toServer(initials);
}

/** Of the connection that begun last. */
function toServer({ connections }: Reader): Uint8Array {
  return said(connections.at(-1)?.toServer);
}

function toClient({ connections }: Reader): Uint8Array {
  return said(connections.at(-1)?.toClient);
}

function said(stream: CryptoStream | undefined): Uint8Array {
  return stream === undefined ? hex`` : stream.bytes.slice(stream.at, stream.end);
}

/** Which connections there were, in the order in which they began. */
class Reader {
  readonly initials: QuicInitials;
  readonly connections: QuicConnection[] = [];

  constructor(bounds: { readonly most: number; readonly mostUnreadable: number } = MANY) {
    this.initials = new QuicInitials({ limit: LIMIT, ...bounds });
  }

  get connectionCount(): number {
    return this.connections.length;
  }

  get isSpent(): boolean {
    return this.initials.isSpent;
  }

  take(bytes: Uint8Array, at: number, end: number, from: 'client' | 'server'): boolean {
    const hasGrown = this.initials.take(bytes, at, end, from);
    for (const grown of this.initials.grown) {
      if (!this.connections.includes(grown)) this.connections.push(grown);
    }
    return hasGrown;
  }
}

/** The frames in packets, and the packets in datagrams, as `next` has it, with PING and PADDING between. */
function datagramsOf(
  frames: readonly Uint8Array[],
  initial: Omit<Initial, 'frames'>,
  next: () => number,
): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  let packets: Uint8Array[] = [];
  let together: Uint8Array[] = [];
  frames.forEach((frame, i) => {
    together.push(frame, next() % 2 === 0 ? PING : padding(next() % 5));
    if (next() % 3 > 0 && i < frames.length - 1) return;
    packets.push(initialPacket({ ...initial, packetNumber: i, frames: together }));
    together = [];
    if (next() % 2 === 0 && i < frames.length - 1) return;
    datagrams.push(concat(...packets));
    packets = [];
  });
  return shuffled(datagrams, next);
}

function shuffled<T>(items: readonly T[], next: () => number): T[] {
  return items
    .map((item) => ({ item, order: next() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item);
}
