import { describe, expect, test } from 'vitest';
import { protocolOf } from '../../src/wire/protocol.ts';
import { ascii, concat, hex, placed } from '../support/packets.ts';

/** A query with one question, behind its length. */
const DNS = hex`00 1d 12 34 01 00 00 01 00 00 00 00 00 00 01 61`;

describe('a first payload is taken for', () => {
  test.each([
    { name: 'TLS 1.0', bytes: hex`16 03 01`, want: 'tls' },
    { name: 'TLS 1.3 by its record', bytes: hex`16 03 04 00`, want: 'tls' },
    { name: 'a record of version 3.5', bytes: hex`16 03 05 00`, want: 'unknown' },
    { name: 'a record of version 2', bytes: hex`16 02 01 00`, want: 'unknown' },
    { name: 'two bytes of a record', bytes: hex`16 03`, want: 'undecided' },
    { name: 'an alert', bytes: hex`15 03 01 00`, want: 'unknown' },
    { name: 'a banner of SSH', bytes: ascii('SSH-2.0-x'), want: 'ssh' },
    { name: 'SSH- alone', bytes: ascii('SSH-'), want: 'ssh' },
    { name: 'the beginning of a banner', bytes: ascii('SSH'), want: 'undecided' },
    { name: 'a banner in small letters', bytes: ascii('ssh-2.0-x'), want: 'unknown' },
    ...[
      'GET',
      'POST',
      'HEAD',
      'PUT',
      'DELETE',
      'OPTIONS',
      'CONNECT',
      'TRACE',
      'PATCH',
      'PRI',
    ].flatMap((method) => [
      { name: `${method} and a target`, bytes: ascii(`${method} *`), want: 'http' },
      { name: `${method} and a space`, bytes: ascii(`${method} `), want: 'http' },
      { name: `${method} alone`, bytes: ascii(method), want: 'undecided' },
      { name: `${method} and a tab`, bytes: ascii(`${method}\t/`), want: 'unknown' },
    ]),
    { name: 'P', bytes: ascii('P'), want: 'undecided' },
    { name: 'nothing', bytes: hex``, want: 'unknown' },
    { name: 'a query over TCP', bytes: DNS, want: 'dns' },
    { name: 'the head of a query over TCP', bytes: DNS.slice(0, 14), want: 'dns' },
    { name: 'less than the head of a query', bytes: DNS.slice(0, 13), want: 'unknown' },
    { name: 'a query with a length of 12', bytes: changed(DNS, 1, 12), want: 'dns' },
    { name: 'a query with a length of 11', bytes: changed(DNS, 1, 11), want: 'unknown' },
    { name: 'a response over TCP', bytes: changed(DNS, 4, 0x81), want: 'unknown' },
    { name: 'an update over TCP', bytes: changed(DNS, 4, 0x28), want: 'unknown' },
    { name: 'a query that may be cut', bytes: changed(DNS, 4, 0x07), want: 'dns' },
    { name: 'a query with two questions', bytes: changed(DNS, 7, 2), want: 'unknown' },
    { name: 'a query with an answer', bytes: changed(DNS, 9, 1), want: 'unknown' },
  ])('$name: $want', ({ bytes, want }) => {
    expect(protocolOf(bytes, 0, bytes.length)).toBe(want);
    const inPacket = placed(bytes);
    expect(protocolOf(inPacket.bytes, inPacket.at, inPacket.end)).toBe(want);
  });

  test('nothing more than its own bytes say', () => {
    const bytes = concat(hex`00 00`, ascii('GET / HTTP/1.1'));
    expect(protocolOf(bytes, 2, 5)).toBe('undecided');
    expect(protocolOf(bytes, 2, 6)).toBe('http');
  });
});

function changed(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = byte;
  return copy;
}
