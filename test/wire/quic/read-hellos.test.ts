import { describe, expect, test } from 'vitest';
import { QuicConnection } from '../../../src/wire/quic/connection.ts';
import { InitialDecrypter } from '../../../src/wire/quic/initial.ts';
import { LongHeader } from '../../../src/wire/quic/long-header.ts';
import { ReadHellos } from '../../../src/wire/quic/read-hellos.ts';
import { clientHelloMessage, edit } from '../../support/packets.ts';
import { cryptoFrame, initialPacket, PING } from '../../support/quic.ts';

const HELLO = clientHelloMessage({ sni: 'a.test' });
/** Message header, version and random. */
const BEGINNING = 38;

describe('a ClientHello that is sent again', () => {
  test('is known under its connection ID, and under no other', () => {
    const read = new ReadHellos();
    expect(read.add(connection(1, HELLO))).toBe(true);
    expect(read.add(connection(1, HELLO))).toBe(false);
    expect(read.hasBegunSo(connection(2, HELLO))).toBe(false);
    expect(read.add(connection(2, HELLO))).toBe(true);
  });

  test('is known from its beginning, up to its random, and not before', () => {
    const read = new ReadHellos();
    expect(read.hasBegunSo(connection(1, HELLO))).toBe(false);
    read.add(connection(1, HELLO));
    const known = [BEGINNING - 1, BEGINNING, BEGINNING + 1].map((length) =>
      read.hasBegunSo(connection(1, HELLO.slice(0, length))),
    );
    expect(known).toEqual([false, true, true]);
  });

  test('is another one, where a byte differs', () => {
    const read = new ReadHellos();
    read.add(connection(1, HELLO));
    const inRandom = connection(1, edit(HELLO, BEGINNING - 1, 0xee));
    expect([read.hasBegunSo(inRandom), read.add(inRandom)]).toEqual([false, true]);
    const behind = connection(1, edit(HELLO, BEGINNING, 0xee));
    expect([read.hasBegunSo(behind), read.add(behind)]).toEqual([true, true]);
  });

  test('is known while it is among the latest sixteen', () => {
    const read = new ReadHellos();
    for (let id = 0; id < 16; id++) read.add(connection(id, HELLO));
    read.add(connection(15, HELLO)); // known, and so not counted again
    expect(read.hasBegunSo(connection(0, HELLO))).toBe(true);
    read.add(connection(16, HELLO));
    const known = [0, 1, 16].map((id) => read.hasBegunSo(connection(id, HELLO)));
    expect(known).toEqual([false, true, true]);
  });
});

/** A connection whose client has said this. */
function connection(id: number, said: Uint8Array): QuicConnection {
  const initial = initialPacket({ dcid: new Uint8Array(8).fill(id), frames: [PING] });
  const header = new LongHeader().read(initial, 0, initial.length);
  const started = new QuicConnection(header, 4096, new InitialDecrypter());
  const frame = cryptoFrame(0, said);
  started.toServer.take(frame, 0, frame.length);
  return started;
}
