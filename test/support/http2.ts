import { connect } from 'node:http2';
import { Duplex } from 'node:stream';
import { ascii, concat } from './packets.ts';

export const PREFACE = ascii('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** One frame (RFC 9113 §4.1). */
export function frame(
  type: number,
  flags: number,
  stream: number,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const payload = concat(...parts);
  const length = [16, 8, 0].map((bits) => payload.length >>> bits);
  const id = [24, 16, 8, 0].map((bits) => stream >>> bits);
  return concat(Uint8Array.of(...length, type, flags, ...id), payload);
}

export const SETTINGS = frame(4, 0, 0);
/** GET, http and `/`, by their numbers in the static table. */
export const GET = Uint8Array.of(0x82, 0x86, 0x84);
export const AUTHORITY = 1;
export const HOST = 38;

/** A literal field (RFC 7541 §6.2), its name by number or written out; `how` says whether the receiver remembers it. */
export function field(
  name: number | string,
  value: Uint8Array,
  how: 'remembered' | 'plain' | 'never' = 'plain',
): Uint8Array {
  const [first, bits] = { remembered: [0x40, 6], plain: [0, 4], never: [0x10, 4] }[how] as [
    number,
    number,
  ];
  const index = integer(typeof name === 'number' ? name : 0, bits, first);
  return concat(index, typeof name === 'number' ? ascii('') : plain(name), value);
}

/** A field by its number in the tables. */
export function indexed(index: number): Uint8Array {
  return integer(index, 7, 0x80);
}

export function plain(text: string): Uint8Array {
  return concat(integer(text.length, 7, 0), ascii(text));
}

/** The same text in its Huffman code, which is written down here for a few. */
export function huffman(text: keyof typeof CODES): Uint8Array {
  const code = Uint8Array.from(Buffer.from(CODES[text], 'hex'));
  return concat(integer(code.length, 7, 0x80), code);
}

export function integer(value: number, bits: number, first: number): Uint8Array {
  const most = 2 ** bits - 1;
  if (value < most) return Uint8Array.of(first | value);
  const rest: number[] = [];
  let left = value - most;
  for (; left >= 128; left = Math.floor(left / 128)) rest.push((left % 128) | 0x80);
  return Uint8Array.of(first | most, ...rest, left);
}

/** The bytes that Node's client writes for these requests, one after the other; nobody answers. */
export async function saidByNode(
  requests: readonly Readonly<Record<string, string>>[],
): Promise<Uint8Array> {
  const said: Buffer[] = [];
  const wire = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => {
      said.push(chunk);
      done();
    },
  });
  const session = connect('http://a.test', { createConnection: () => wire });
  session.on('error', () => undefined);
  for (const request of requests) {
    session.request(request).on('error', () => undefined);
    await new Promise((later) => setTimeout(later, 20));
  }
  session.destroy();
  return concat(...said);
}

/** Codes of RFC 7541, Appendix B, padded. */
const CODES = {
  'blocked.test': '8e8393a9645d25427f',
  'allowed.test': '1d141fc1645d25427f',
  'BLOCKED.TEST': 'bb9f55ecd82fafbf06edff',
} as const;
