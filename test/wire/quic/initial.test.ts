import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InitialDecrypter } from '../../../src/wire/quic/initial.ts';
import { LongHeader } from '../../../src/wire/quic/long-header.ts';
import { concat, edit, hex, placed } from '../../support/packets.ts';
import {
  type Initial,
  initialPacket,
  longPacket,
  PING,
  QUIC_V1,
  QUIC_V2,
} from '../../support/quic.ts';
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

const CLIENT_FRAMES = concat(CLIENT_FRAME, new Uint8Array(1162 - CLIENT_FRAME.length));
const SCID = hex`f0 67 a5 50 2a 42 62 b5`;

describe.each([
  { rfc: 'RFC 9001', version: QUIC_V1, client: CLIENT_INITIAL_V1, server: SERVER_INITIAL_V1 },
  { rfc: 'RFC 9369', version: QUIC_V2, client: CLIENT_INITIAL_V2, server: SERVER_INITIAL_V2 },
])('$rfc', ({ version, client, server }) => {
  test("§A.2: the client's Initial is opened", () => {
    const want = { outcome: 'opened', packetNumber: 2, frames: CLIENT_FRAMES };
    expect(open(client, 'client', DCID)).toEqual(want);
  });

  test("§A.3: the server's Initial is opened with the client's first connection ID", () => {
    const want = { outcome: 'opened', packetNumber: 1, frames: SERVER_FRAMES };
    expect(open(server, 'server', DCID)).toEqual(want);
  });

  test('the Initials that these tests write are those of the RFC, bit by bit', () => {
    const number = { packetNumber: 2, packetNumberLength: 4 } as const;
    const written = initialPacket({ version, dcid: DCID, ...number, frames: [CLIENT_FRAMES] });
    expect(written).toEqual(client);
    const answer = { version, dcid: hex``, scid: SCID, keysFrom: DCID, from: 'server' } as const;
    const numbered = { ...answer, packetNumber: 1, packetNumberLength: 2 } as const;
    expect(initialPacket({ ...numbered, frames: [SERVER_FRAMES] })).toEqual(server);
  });
});

describe('not opened', () => {
  const handshake = longPacket({ type: 'handshake', dcid: DCID, length: 40 });
  const isShort = longPacket({ type: 'handshake', dcid: DCID, length: 19 });
  test.each([
    { name: 'a Handshake packet', bytes: handshake, outcome: 'not-initial' },
    { name: 'a Retry', bytes: RETRY_V1, outcome: 'not-initial' },
    { name: 'no QUIC', bytes: hex`16 03 01`, outcome: 'not-initial' },
    { name: 'too short for a sample', bytes: asInitial(isShort), outcome: 'short' },
    {
      name: 'a bit of its frames flipped',
      bytes: flip(CLIENT_INITIAL_V1, 600),
      outcome: 'unauthentic',
    },
    {
      name: 'a bit of its tag flipped',
      bytes: flip(CLIENT_INITIAL_V1, 1199),
      outcome: 'unauthentic',
    },
    {
      name: 'a bit of its packet number flipped',
      bytes: flip(CLIENT_INITIAL_V1, 20),
      outcome: 'unauthentic',
    },
    {
      name: 'a bit of its first byte flipped',
      bytes: flip(CLIENT_INITIAL_V1, 0),
      outcome: 'unauthentic',
    },
    {
      name: 'a bit of its connection ID flipped',
      bytes: flip(CLIENT_INITIAL_V1, 9),
      outcome: 'unauthentic',
    },
    { name: "the server's", bytes: SERVER_INITIAL_V1, outcome: 'unauthentic' },
  ])('$name: $outcome', ({ bytes, outcome }) => {
    expect(open(bytes, 'client', DCID)).toEqual({ outcome, packetNumber: -1, frames: hex`` });
  });

  test('with the keys of another connection ID', () => {
    expect(open(CLIENT_INITIAL_V1, 'client', SCID).outcome).toBe('unauthentic');
  });
});

test('the shortest Initial there can be is opened', () => {
  for (const packetNumberLength of [1, 2, 3, 4] as const) {
    const bytes = initialPacket({ dcid: DCID, packetNumberLength, frames: [] });
    const frames = new Uint8Array(4 - packetNumberLength);
    expect(open(bytes, 'client', DCID)).toEqual({ outcome: 'opened', packetNumber: 0, frames });
  }
});

test('every Initial is opened as it was written', () => {
  const anyInitial: fc.Arbitrary<Initial> = fc.record({
    version: fc.constantFrom(QUIC_V1, QUIC_V2),
    dcid: fc.uint8Array({ maxLength: 20 }),
    scid: fc.uint8Array({ maxLength: 20 }),
    keysFrom: fc.uint8Array({ maxLength: 20 }),
    from: fc.constantFrom('client', 'server'),
    token: fc.uint8Array({ maxLength: 100 }),
    packetNumber: fc.nat(127),
    packetNumberLength: fc.constantFrom(1, 2, 3, 4),
    lengthSize: fc.constantFrom(2, 4, 8),
    frames: fc.array(fc.uint8Array({ minLength: 4, maxLength: 400 }), { minLength: 1 }),
  });
  fc.assert(
    fc.property(anyInitial, (initial) => {
      const { from = 'client', keysFrom = initial.dcid, packetNumber } = initial;
      const want = { outcome: 'opened', packetNumber, frames: concat(...initial.frames) };
      expect(open(initialPacket(initial), from, keysFrom)).toEqual(want);
    }),
  );
});

test('a packet number is the nearest, of those that end so, to the one after the largest of its direction', () => {
  const decrypter = new InitialDecrypter();
  // 548 is as far from 420 as can be: half of what one byte tells apart.
  for (const packetNumber of [
    100,
    200,
    290,
    255,
    256,
    419,
    548,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32 + 7,
  ]) {
    const packetNumberLength = packetNumber < 1000 ? 1 : 4;
    const number = { packetNumber, packetNumberLength } as const;
    const bytes = initialPacket({ dcid: DCID, ...number, frames: [PING] });
    expect(openWith(decrypter, bytes, 'client', DCID)).toMatchObject({ packetNumber });
  }
  const first = initialPacket({ dcid: SCID, keysFrom: DCID, from: 'server', frames: [PING] });
  expect(openWith(decrypter, first, 'server', DCID)).toMatchObject({ packetNumber: 0 });
});

test('keys are kept, and stay right when many connections take turns', () => {
  const decrypter = new InitialDecrypter();
  const ids = [1, 2, 3, 4, 5, 6].map((id) => new Uint8Array(8).fill(id));
  for (const dcid of [...ids, ...ids, ...ids.toReversed()]) {
    const bytes = initialPacket({ dcid, frames: [PING] });
    expect(openWith(decrypter, bytes, 'client', dcid).outcome).toBe('opened');
    expect(openWith(decrypter, bytes, 'server', dcid).outcome).toBe('unauthentic');
  }
});

test('the connection ID that was given is no longer needed once keys are kept', () => {
  const decrypter = new InitialDecrypter();
  const given = DCID.slice();
  openWith(decrypter, CLIENT_INITIAL_V1, 'client', given);
  given.fill(0);
  expect(openWith(decrypter, CLIENT_INITIAL_V1, 'client', DCID).outcome).toBe('opened');
  expect(openWith(decrypter, CLIENT_INITIAL_V1, 'client', given).outcome).toBe('unauthentic');
});

test('nothing of the last Initial is left after one that is not opened', () => {
  const decrypter = new InitialDecrypter();
  openWith(decrypter, CLIENT_INITIAL_V1, 'client', DCID);
  openWith(decrypter, flip(CLIENT_INITIAL_V1, 700), 'client', DCID);
  expect(decrypter).toMatchObject({ bytes: hex``, at: 0, end: 0, packetNumber: -1 });
});

test('the datagram is left as it was', () => {
  const { bytes, at, end } = placed(CLIENT_INITIAL_V1);
  const before = bytes.slice();
  new InitialDecrypter().open(new LongHeader().read(bytes, at, end), 'client', DCID);
  expect(bytes).toEqual(before);
});

function open(packet: Uint8Array, from: 'client' | 'server', dcid: Uint8Array) {
  return openWith(new InitialDecrypter(), packet, from, dcid);
}

function openWith(
  decrypter: InitialDecrypter,
  packet: Uint8Array,
  from: 'client' | 'server',
  dcid: Uint8Array,
) {
  const { bytes, at, end } = placed(packet);
  const outcome = decrypter.open(new LongHeader().read(bytes, at, end), from, dcid);
  const { packetNumber } = decrypter;
  return { outcome, packetNumber, frames: decrypter.bytes.slice(decrypter.at, decrypter.end) };
}

/** The lowest bit. */
function flip(bytes: Uint8Array, at: number): Uint8Array {
  return edit(bytes, at, (bytes[at] ?? 0) ^ 1);
}

/** A Handshake packet without SCID made an Initial without a token. */
function asInitial(handshake: Uint8Array): Uint8Array {
  const idsEnd = 7 + DCID.length;
  return concat(edit(handshake, 0, 0xc0).slice(0, idsEnd), hex`00`, handshake.slice(idsEnd));
}
