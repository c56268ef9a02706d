import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { u8, u16 } from '../../base/bytes.ts';
import type { ClientHello } from './client-hello.ts';
import { ALPN, SERVER_NAME } from './numbers.ts';
import type { ServerHello } from './server-hello.ts';
import { vector8End } from './vector.ts';

/** What JA3 hashes (salesforce/ja3, README). As all functions here, of a hello that is whole: others miss what is not there. */
export function ja3Text(hello: ClientHello): string {
  const { bytes, legacyVersion } = hello;
  const ciphers = codes(bytes, hello.cipherSuitesAt, hello.cipherSuitesEnd);
  const extensions = extensionTypes(bytes, hello.extensionsAt, hello.extensionsEnd);
  const groups = codes(bytes, hello.supportedGroupsAt, hello.supportedGroupsEnd);
  const formats = bytes.slice(hello.ecPointFormatsAt, hello.ecPointFormatsEnd);
  const lists = [ciphers, extensions, groups, Array.from(formats)];
  return [legacyVersion, ...lists.map((list) => list.join('-'))].join(',');
}

/** JA3: 32 hexadecimal digits. */
export function ja3(hello: ClientHello): string {
  return bytesToHex(md5(utf8ToBytes(ja3Text(hello))));
}

/** What JA3S hashes (salesforce/ja3, README). */
export function ja3sText(hello: ServerHello): string {
  const extensions = extensionTypes(hello.bytes, hello.extensionsAt, hello.extensionsEnd);
  return [hello.legacyVersion, hello.cipherSuite, extensions.join('-')].join(',');
}

/** JA3S: 32 hexadecimal digits. */
export function ja3s(hello: ServerHello): string {
  return bytesToHex(md5(utf8ToBytes(ja3sText(hello))));
}

/** JA4_r, which says in full what JA4 hashes (FoxIO, technical_details/JA4.md); `transport` is TCP or QUIC. */
export function ja4Text(hello: ClientHello, transport: 't' | 'q'): string {
  return [ja4Start(hello, transport), ja4Ciphers(hello), ja4Extensions(hello)].join('_');
}

/** JA4, for instance `t13d1516h2_8daaf6152771_e5627efa2ab1`. */
export function ja4(hello: ClientHello, transport: 't' | 'q'): string {
  const lists = [ja4Ciphers(hello), ja4Extensions(hello)];
  return [ja4Start(hello, transport), ...lists.map(shortHash)].join('_');
}

function ja4Start(hello: ClientHello, transport: 't' | 'q'): string {
  const { bytes } = hello;
  const ciphers = codes(bytes, hello.cipherSuitesAt, hello.cipherSuitesEnd);
  const extensions = extensionTypes(bytes, hello.extensionsAt, hello.extensionsEnd);
  const target = hello.hasServerNameExtension ? 'd' : 'i';
  const counts = [ciphers, extensions].map(({ length }) => String(Math.min(length, 99)));
  const [cipherCount, extensionCount] = counts.map((count) => count.padStart(2, '0'));
  return `${transport}${ja4Version(hello)}${target}${cipherCount}${extensionCount}${ja4Alpn(hello)}`;
}

function ja4Version(hello: ClientHello): string {
  const supported = codes(hello.bytes, hello.supportedVersionsAt, hello.supportedVersionsEnd);
  const version = supported.length === 0 ? hello.legacyVersion : Math.max(...supported);
  return JA4_VERSIONS.get(version) ?? '00';
}

/** The first and last character of the first protocol; of its hexadecimal form unless both are letters or digits. */
function ja4Alpn(hello: ClientHello): string {
  const { bytes, alpnAt, alpnEnd } = hello;
  const protocolEnd = alpnAt < 0 ? -1 : vector8End(bytes, alpnAt, alpnEnd);
  if (protocolEnd <= alpnAt + 1) return '00';
  const ends = [u8(bytes, alpnAt + 1), u8(bytes, protocolEnd - 1)];
  const text = String.fromCharCode(...ends);
  if (/^[0-9A-Za-z]{2}$/.test(text)) return text;
  const digits = bytesToHex(Uint8Array.from(ends));
  return digits.charAt(0) + digits.charAt(3);
}

function ja4Ciphers(hello: ClientHello): string {
  const ciphers = codes(hello.bytes, hello.cipherSuitesAt, hello.cipherSuitesEnd);
  return hexList(ciphers.toSorted(ascending));
}

/** Without server_name and ALPN, so that one program has one value wherever it goes. */
function ja4Extensions(hello: ClientHello): string {
  const { bytes } = hello;
  const types = extensionTypes(bytes, hello.extensionsAt, hello.extensionsEnd)
    .filter((type) => type !== SERVER_NAME && type !== ALPN)
    .toSorted(ascending);
  const algorithms = codes(bytes, hello.signatureAlgorithmsAt, hello.signatureAlgorithmsEnd);
  return [types, algorithms]
    .filter((list) => list.length > 0)
    .map(hexList)
    .join('_');
}

function shortHash(list: string): string {
  return list === '' ? '000000000000' : bytesToHex(sha256(utf8ToBytes(list))).slice(0, 12);
}

/** The 16-bit numbers of a range that is whole or marked by -1, without GREASE. */
function codes(bytes: Uint8Array, at: number, end: number): number[] {
  const found: number[] = [];
  for (let i = at; i + 2 <= end; i += 2) {
    if (!isGrease(u16(bytes, i))) found.push(u16(bytes, i));
  }
  return found;
}

/** In the order in which they come, without GREASE. */
function extensionTypes(bytes: Uint8Array, at: number, end: number): number[] {
  const found: number[] = [];
  for (let i = at; i + 4 <= end; i += 4 + u16(bytes, i + 2)) {
    if (!isGrease(u16(bytes, i))) found.push(u16(bytes, i));
  }
  return found;
}

/** RFC 8701 §2. */
function isGrease(code: number): boolean {
  return (code & 0x0f0f) === 0x0a0a && code >>> 8 === (code & 0xff);
}

function hexList(list: readonly number[]): string {
  return list.map((code) => code.toString(16).padStart(4, '0')).join(',');
}

function ascending(a: number, b: number): number {
  return a - b;
}

const JA4_VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
  [0x0002, 's2'],
]);
