import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LongHeader } from '../../../src/wire/quic/long-header.ts';
import { concat, edit, hex, placed } from '../../support/packets.ts';
import { initialPacket, longPacket, PING, QUIC_V1, QUIC_V2 } from '../../support/quic.ts';
import {
  CLIENT_INITIAL_V1,
  CLIENT_INITIAL_V2,
  DCID,
  RETRY_V1,
  RETRY_V2,
  SERVER_INITIAL_V1,
  SERVER_INITIAL_V2,
} from '../../support/quic-vectors.ts';

const SCID = hex`f0 67 a5 50 2a 42 62 b5`;
const NONE = hex``;
const UNKNOWN = hex`c3 1a 2a 3a 4a 08 83 94 c8 f0 3e 51 57 08 00`;
/** Without the fixed bit, and with a payload that is long enough for what looks like connection IDs. */
const RTP = concat(hex`80 60 00 01 00 08 00 01 ff 34 56 78 00`, new Uint8Array(160));
const VERSIONS = hex`
  80 00 00 00 00 00 08 f0 67 a5 50 2a 42 62 b5   # to nobody, from SCID
  00 00 00 01 6b 33 43 cf                        # versions 1 and 2
`;

describe.each([
  { of: 'version 1', version: QUIC_V1, client: CLIENT_INITIAL_V1, server: SERVER_INITIAL_V1 },
  { of: 'version 2', version: QUIC_V2, client: CLIENT_INITIAL_V2, server: SERVER_INITIAL_V2 },
])('the RFC of $of', ({ version, client, server }) => {
  test("shows the client's Initial", () => {
    expect(fields(client)).toMatchObject({ status: 'initial', version, dcid: DCID, scid: NONE });
    expect(positions(client)).toEqual({ length: 1182, packetNumberAt: 18, packetEnd: 1200 });
  });

  test("shows the server's Initial", () => {
    expect(fields(server)).toMatchObject({ status: 'initial', version, dcid: NONE, scid: SCID });
    expect(positions(server)).toEqual({ length: 117, packetNumberAt: 18, packetEnd: 135 });
  });
});

test.each([
  { of: 'version 1', bytes: RETRY_V1 },
  { of: 'version 2', bytes: RETRY_V2 },
])("a Retry of $of goes on to the datagram's end, with a token before its tag", ({ bytes }) => {
  const want = { status: 'retry', dcid: NONE, scid: SCID, token: hex`74 6f 6b 65 6e` };
  expect(fields(bytes)).toMatchObject(want);
  expect(positions(bytes)).toMatchObject({ length: -1, packetEnd: 36 });
});

test.each([
  { type: 'zero-rtt', version: QUIC_V1, first: 0xd0 },
  { type: 'handshake', version: QUIC_V1, first: 0xe0 },
  { type: 'zero-rtt', version: QUIC_V2, first: 0xe0 },
  { type: 'handshake', version: QUIC_V2, first: 0xf0 },
] as const)('$type of version $version is told by $first', ({ type, version, first }) => {
  const bytes = longPacket({ type, version, dcid: DCID, scid: SCID, length: 40 });
  expect(bytes[0]).toBe(first);
  expect(fields(bytes)).toMatchObject({ status: type, dcid: DCID, scid: SCID, token: NONE });
  expect(positions(bytes)).toEqual({ length: 40, packetNumberAt: 25, packetEnd: 65 });
});

test('an Initial shows its token', () => {
  const token = new Uint8Array(70).fill(7);
  const bytes = initialPacket({ dcid: DCID, scid: SCID, token, frames: [PING] });
  expect(fields(bytes)).toMatchObject({ status: 'initial', dcid: DCID, scid: SCID, token });
  expect(positions(bytes)).toMatchObject({ packetEnd: bytes.length });
});

test('coalesced packets are found one behind the other', () => {
  const parts = [
    initialPacket({ dcid: DCID, frames: [PING], padTo: 300 }),
    longPacket({ type: 'zero-rtt', dcid: DCID, length: 100 }),
    longPacket({ type: 'handshake', dcid: DCID, length: 30 }),
    hex`40 01 02 03`,
  ];
  expect(statuses(concat(...parts))).toEqual(['initial', 'zero-rtt', 'handshake', 'short-header']);
});

test('zeros that fill up a datagram are no packet', () => {
  const packet = initialPacket({ dcid: DCID, frames: [PING] });
  expect(statuses(concat(packet, new Uint8Array(900)))).toEqual(['initial', 'not-quic']);
});

test('versions that a server offers are a Version Negotiation', () => {
  expect(fields(VERSIONS)).toMatchObject({ status: 'version-negotiation', version: 0, scid: SCID });
});

test('another version shows its connection IDs, however long, and nothing else', () => {
  expect(fields(UNKNOWN)).toMatchObject({
    status: 'unknown-version',
    version: 0x1a2a3a4a,
    dcid: DCID,
  });
  const long = concat(hex`80 ff 00 00 1d ff`, new Uint8Array(255), hex`00`);
  expect(fields(long)).toMatchObject({ status: 'unknown-version', dcid: new Uint8Array(255) });
});

describe('not QUIC', () => {
  const initial = initialPacket({ dcid: DCID, scid: SCID, token: hex`01 02`, frames: [PING] });
  const handshake = longPacket({ type: 'handshake', dcid: DCID, length: 40 });
  test.each([
    { name: 'no bytes', bytes: NONE },
    { name: 'a DNS query', bytes: hex`00 01 01 00 00 01 00 00 00 00 00 00` },
    { name: 'an Initial without the fixed bit', bytes: edit(initial, 0, 0x80) },
    { name: 'a DCID of 21 bytes in version 1', bytes: withDcid(21) },
    { name: 'an Initial one byte shorter than its length', bytes: initial.slice(0, -1) },
    { name: 'a Handshake one byte shorter than its length', bytes: handshake.slice(0, -1) },
    { name: 'a token longer than the datagram', bytes: edit(initial, 23, 0x7f, 0xff) },
    {
      name: 'a length of 2^62 - 1',
      bytes: concat(initial.slice(0, 26), hex`ff ff ff ff ff ff ff ff`),
    },
    { name: 'a Retry shorter than its tag', bytes: RETRY_V1.slice(0, 30) },
    { name: 'a Version Negotiation without versions', bytes: VERSIONS.slice(0, 15) },
    { name: 'a Version Negotiation with half a version', bytes: VERSIONS.slice(0, 21) },
  ])('$name', ({ bytes }) => {
    expect(fields(bytes).status).toBe('not-quic');
  });

  test('an Initial that is cut anywhere', () => {
    for (let cut = 0; cut < initial.length; cut++) {
      expect({ cut, status: fields(initial.slice(0, cut)).status }).toEqual({
        cut,
        status: 'not-quic',
      });
    }
  });
});

describe('whether a flow is plausibly QUIC', () => {
  test.each([
    { name: 'an Initial', bytes: CLIENT_INITIAL_V1, isPlausible: true },
    { name: 'an Initial of version 2', bytes: CLIENT_INITIAL_V2, isPlausible: true },
    { name: 'a Retry', bytes: RETRY_V1, isPlausible: true },
    { name: 'a Version Negotiation', bytes: VERSIONS, isPlausible: true },
    { name: 'another version', bytes: UNKNOWN, isPlausible: true },
    {
      name: 'another version without the fixed bit',
      bytes: edit(UNKNOWN, 0, 0x83),
      isPlausible: false,
    },
    {
      name: 'another version with 7 bytes of DCID',
      bytes: edit(UNKNOWN, 5, 7),
      isPlausible: false,
    },
    { name: 'RTP', bytes: RTP, isPlausible: false },
    { name: 'a short header', bytes: hex`40 01 02 03 04`, isPlausible: false },
    { name: 'a DNS query', bytes: hex`00 01 01 00 00 01 00 00 00 00 00 00`, isPlausible: false },
  ])('$name: $isPlausible', ({ bytes, isPlausible }) => {
    expect(new LongHeader().read(bytes, 0, bytes.length).isPlausible).toBe(isPlausible);
  });
});

test('bytes past the end are not looked at', () => {
  const initial = initialPacket({ dcid: DCID, scid: SCID, token: hex`01 02`, frames: [PING] });
  for (const whole of [initial, RETRY_V1, VERSIONS, UNKNOWN, hex`c3 1a 2a 3a 4a 00 00`]) {
    for (let cut = 0; cut < whole.length; cut++) {
      const { status, packetEnd } = new LongHeader().read(whole, 0, cut);
      const alone = new LongHeader().read(whole.slice(0, cut), 0, cut);
      expect({ cut, status, packetEnd }).toEqual({ cut, status: alone.status, packetEnd: cut });
      if (cut < 7) expect(status).toBe('not-quic');
    }
  }
});

test('nothing of the last packet is left after the next', () => {
  const header = new LongHeader().read(CLIENT_INITIAL_V1, 0, 1200);
  expect(header.read(NONE, 0, 0)).toEqual(new LongHeader().read(NONE, 0, 0));
});

test('read never throws, and positions lie in order inside the bytes', () => {
  const start = fc.constantFrom(hex`c3 00 00 00 01`, hex`d1 6b 33 43 cf`, hex`e0 00 00 00 01`);
  const ids = fc.tuple(fc.nat(22), fc.nat(22)).map(([dcid, scid]) => {
    return concat(
      Uint8Array.of(dcid),
      new Uint8Array(dcid),
      Uint8Array.of(scid),
      new Uint8Array(scid),
    );
  });
  const rest = fc.uint8Array({ maxLength: 80 });
  const shaped = fc.tuple(start, ids, rest).map((parts) => concat(...parts));
  fc.assert(
    fc.property(fc.oneof(rest, { arbitrary: shaped, weight: 4 }), (payload) => {
      const { bytes, at, end } = placed(payload);
      const header = new LongHeader().read(bytes, at, end);
      const { dcidAt, dcidEnd, scidAt, scidEnd, tokenAt, tokenEnd } = header;
      for (const range of [
        [at, dcidAt, dcidEnd, end],
        [at, scidAt, scidEnd, end],
        [at, tokenAt, tokenEnd, end],
      ]) {
        expect(range).toEqual(range.toSorted((one, other) => one - other));
      }
      const isProtected = header.length >= 0;
      expect(header.packetEnd).toBe(isProtected ? header.packetNumberAt + header.length : end);
      expect(header.packetEnd).toBeLessThanOrEqual(end);
      if (payload.length > 0) expect(header.packetEnd).toBeGreaterThan(at);
    }),
    { numRuns: 2000 },
  );
});

function fields(payload: Uint8Array) {
  const { bytes, at, end } = placed(payload);
  const header = new LongHeader().read(bytes, at, end);
  return {
    status: header.status,
    version: header.version,
    dcid: header.dcid,
    scid: bytes.slice(header.scidAt, header.scidEnd),
    token: bytes.slice(header.tokenAt, header.tokenEnd),
  };
}

/** Counted from the start of the payload. */
function positions(payload: Uint8Array) {
  const { bytes, at, end } = placed(payload);
  const { length, packetNumberAt, packetEnd } = new LongHeader().read(bytes, at, end);
  return { length, packetNumberAt: packetNumberAt - at, packetEnd: packetEnd - at };
}

function statuses(datagram: Uint8Array): string[] {
  const header = new LongHeader();
  const seen: string[] = [];
  for (let at = 0; at < datagram.length; at = header.packetEnd) {
    seen.push(header.read(datagram, at, datagram.length).status);
  }
  return seen;
}

function withDcid(length: number): Uint8Array {
  return initialPacket({ dcid: new Uint8Array(length), frames: [PING] });
}
