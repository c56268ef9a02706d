import { ascii, concat, hex } from '../support/packets.ts';
import { Random } from '../support/random.ts';
import { type Extension, extension, helloMessage, u16s, vector } from '../support/tls.ts';
import { type Odd, pieces } from './odd.ts';

/** A ClientHello as few clients send it; somewhere in it, mostly, stands a blocked name. It offers TLS 1.2, in which certificates are sent in clear. */
export function oddHello(seed: number): Odd {
  return oddHelloOf(new Random(seed, 7), [extension.supportedVersions(0x0303)], 0.2);
}

/** The same, but it offers TLS 1.3, with a key. */
export function oddHello13(seed: number): Odd {
  const random = new Random(seed, 13);
  const versions = random.chance(0.5) ? [0x0304] : [0x0304, 0x0303];
  const offer = [
    extension.supportedVersions(...versions),
    extension.keyShare(29, new Uint8Array(32).fill(9)),
  ];
  return oddHelloOf(random, offer, 1);
}

/** `offer` is in it with that probability. */
function oddHelloOf(random: Random, offer: readonly Extension[], probability: number): Odd {
  const about: string[] = [];
  const message = helloOf(random, about, random.chance(probability) ? offer : []);
  const bytes = concat(...recordsOf(message, random, about));
  return { about: about.join(', '), pieces: pieces(bytes, random) };
}

function helloOf(random: Random, about: string[], offer: readonly Extension[]): Uint8Array {
  const grease = 0x0a0a + 0x1010 * random.below(16);
  const version = chosen(random, about, 'version', 0.85, [0x0303, 0x0304, 0x0301, 0x03ff, 0x0400]);
  const names = chosen(random, about, 'names', 0.5, NAMES);
  const others: Extension[] = [
    extension.supportedGroups(grease, 29, 23, 24),
    extension.ecPointFormats(0),
    extension.signatureAlgorithms(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0601),
    ...(random.chance(0.3) ? [extension.alpn(ascii('h2'), ascii('http/1.1'))] : []),
    ...offer,
    ...(random.chance(0.3) ? [[grease, random.bytes(random.below(3))] as const] : []),
    ...(random.chance(0.3)
      ? [[random.int(0x4000, 0x7fff), random.bytes(random.below(400))] as const]
      : []),
    ...(random.chance(0.2) ? [extension.empty(23), [0xff01, hex`00`] as const] : []),
  ];
  const padding = random.chance(0.25) ? random.int(1, random.chance(0.3) ? 20_000 : 1500) : 0;
  if (padding > 0) about.push(`padding ${padding}`);
  const extensions = random.shuffled([
    ...others,
    ...names.map((contents): Extension => [0, contents]),
    ...(padding > 0 ? [[21, new Uint8Array(padding)] as const] : []),
    ...(random.chance(0.06) ? [others[0] as Extension] : []),
  ]);
  const message = helloMessage({
    version,
    sessionId: random.bytes(random.pick([0, 0, 32, 16, 1, 33])),
    ciphers: [grease, 0x1301, 0xc02b, 0xc02c, 0xc02f, 0xc009, 0xc013, 0x009c, 0x002f, 0x00ff],
    compressionMethods: random.chance(0.9) ? hex`00` : hex`01 00`,
    extensions,
  });
  return misshapen(message, random, about);
}

/** Lengths that do not add up, for the few servers that do not mind. */
function misshapen(message: Uint8Array, random: Random, about: string[]): Uint8Array {
  if (random.chance(0.93)) return message;
  about.push('misshapen');
  const changed = message.slice();
  if (random.chance(0.5))
    return withLength(concat(changed, random.bytes(random.int(1, 9))), random);
  const at = random.int(4, Math.min(changed.length, 200) - 1);
  changed[at] = random.int(0, 255);
  return changed;
}

function withLength(message: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.3)) return message;
  return concat(message.slice(0, 1), vector(3, message.slice(4)));
}

/** The message in records, with others between them. */
function recordsOf(message: Uint8Array, random: Random, about: string[]): Uint8Array[] {
  const count = random.chance(0.4) ? 1 : random.pick([2, 2, 3, 5, 40, 700]);
  if (count > 1) about.push(`${count} records`);
  const most = Math.max(1, Math.ceil(message.length / count));
  const records: Uint8Array[] = [];
  const between = random.chance(0.5) ? 0 : random.pick([0.1, 0.5]);
  const other = (): void => {
    if (!random.chance(between / Math.max(1, Math.min(count, 10) / 3))) return;
    const [name, bytes] = random.pick(OTHER_RECORDS);
    about.push(`${name} before record ${records.length + 1}`);
    records.push(bytes);
  };
  const usual = random.chance(0.8) ? hex`03 01` : random.pick(VERSIONS);
  for (let at = 0; at < message.length; at += most) {
    other();
    const version = random.chance(0.95) ? usual : random.pick(VERSIONS);
    if (version !== usual) about.push(`record version ${Buffer.from(version).toString('hex')}`);
    records.push(
      concat(hex`16`, version, vector(2, message.slice(at, at + Math.min(most, 16_384)))),
    );
    if (most > 16_384) return recordsOf(message, random, about);
  }
  other();
  return records;
}

function chosen<T>(
  random: Random,
  about: string[],
  name: string,
  usual: number,
  [first, ...others]: readonly T[],
): T {
  if (random.chance(usual)) return first as T;
  const i = random.below(others.length);
  about.push(`${name} #${i + 1}`);
  return others[i] as T;
}

function list(...entries: readonly (readonly [type: number, name: string])[]): Uint8Array {
  return vector(
    2,
    concat(...entries.map(([type, name]) => concat(Uint8Array.of(type), vector(2, ascii(name))))),
  );
}

const BLOCKED = 'blocked.test';
const ALLOWED = 'allowed.test';
/** Contents of server_name extensions: each is a list of them. */
const NAMES: readonly (readonly Uint8Array[])[] = [
  [list([0, BLOCKED])],
  [],
  [list([0, ALLOWED])],
  [list([1, 'other'], [0, BLOCKED])],
  [list([255, ''], [0, BLOCKED])],
  [list([0, BLOCKED], [1, 'other'])],
  [list([0, BLOCKED], [0, ALLOWED])],
  [list([0, ALLOWED], [0, BLOCKED])],
  [list([0, 'BLOCKED.TEST'])],
  [list([0, 'Blocked.Test'])],
  [list([0, 'blocked.test.'])],
  [list([0, 'blocked.test\0'])],
  [list([0, 'blocked.test '])],
  [list([0, ' blocked.test'])],
  [list([0, 'blocked.test:443'])],
  [list([0, '*.test'])],
  [list([0, ''])],
  [list([0, '.blocked.test'])],
  [list([0, 'blocked.test..'])],
  [list()],
  [hex``],
  [list([0, BLOCKED]), list([0, ALLOWED])],
  [list([0, ALLOWED]), list([0, BLOCKED])],
  [list([1, 'other']), list([0, BLOCKED])],
  [hex``, list([0, BLOCKED])],
  [concat(list([0, BLOCKED]), hex`00`)],
  [concat(u16s(40), list([0, BLOCKED]).slice(2))],
  [concat(u16s(3), list([0, BLOCKED]).slice(2))],
  [list([0, BLOCKED], [0, BLOCKED])],
];

const VERSIONS = [
  hex`03 00`,
  hex`03 03`,
  hex`03 04`,
  hex`03 02`,
  hex`03 ff`,
  hex`02 00`,
  hex`04 00`,
];
const OTHER_RECORDS: readonly (readonly [string, Uint8Array])[] = [
  ['ChangeCipherSpec', hex`14 03 03 00 01 01`],
  ['ChangeCipherSpec', hex`14 03 01 00 01 01`],
  ['odd ChangeCipherSpec', hex`14 03 03 00 01 02`],
  ['empty record', hex`16 03 01 00 00`],
  ['warning', hex`15 03 01 00 02 01 5a`],
  ['warning', hex`15 03 03 00 02 01 64`],
  ['close_notify', hex`15 03 01 00 02 01 00`],
  ['fatal alert', hex`15 03 01 00 02 02 28`],
  ['empty alert', hex`15 03 01 00 00`],
  ['application data', hex`17 03 03 00 01 00`],
  ['empty application data', hex`17 03 03 00 00`],
  ['heartbeat', hex`18 03 03 00 03 01 00 00`],
  ['unknown record', hex`19 03 03 00 01 00`],
  ['HelloRequest', hex`16 03 01 00 04 00 00 00 00`],
];
