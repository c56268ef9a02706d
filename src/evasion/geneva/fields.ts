import { formatAddress, parseAddress } from '../../base/address.ts';
import { u8, u16 } from '../../base/bytes.ts';
import {
  buildPacket,
  type IpHeader,
  type Packet,
  type TcpHeader,
  type TcpOption,
  transportOf,
  writeOptions,
} from '../packet.ts';
import { getDnsField, isDns, setDnsField } from './dns-fields.ts';
import { type FieldKind, type FieldName, IP_FLAGS, kindOf, TCP_FLAGS } from './notation.ts';

export function hasProtocol({ tcp, udp, ...packet }: Packet, { protocol }: FieldName): boolean {
  switch (protocol) {
    case 'IP':
      return true;
    case 'TCP':
      return tcp !== undefined;
    case 'UDP':
      return udp !== undefined;
    case 'DNS':
    case 'DNSQR':
      return isDns({ tcp, udp, ...packet });
  }
}

/** As a trigger writes it; the empty text for an option or a payload that is not there. */
export function getField(packet: Packet, field: FieldName): string {
  const { tcp, udp } = packet;
  const { protocol, name } = field;
  if (name === 'load') return quoted(packet.payload);
  if (protocol === 'DNS' || protocol === 'DNSQR') return getDnsField(packet, name);
  if (protocol === 'IP') return getIpField(packet, name);
  const kind = kindOf(field) as FieldKind;
  if (tcp !== undefined && kind.is === 'option') return optionText(tcp.options, kind);
  if (tcp !== undefined && name === 'flags') return lettersOf(tcp.flags);
  const header = (protocol === 'TCP' ? tcp : udp) as unknown as Readonly<Numbers>;
  return String(header[NAMES[protocol][name] as string] ?? builtNumber(packet, field));
}

/** Checksums become right again, as Geneva has it; what is to be wrong is changed last. */
export function setField(packet: Packet, field: FieldName, value: string): void {
  const { ip, tcp, udp } = packet;
  const { protocol, name } = field;
  ip.checksum = undefined;
  if (tcp !== undefined) tcp.checksum = undefined;
  if (udp !== undefined) udp.checksum = undefined;
  if (name === 'load') {
    packet.payload = unquoted(value);
    ip.totalLength = undefined;
  } else if (protocol === 'DNS' || protocol === 'DNSQR') setDnsField(packet, name, value);
  else if (protocol === 'IP') setIpField(packet, name, value);
  else if (protocol === 'TCP' && tcp !== undefined) setTcpField(ip, tcp, field, value);
  else if (udp !== undefined)
    (udp as unknown as Numbers)[NAMES.UDP[name] as string] = Number(value);
}

function setTcpField(ip: IpHeader, tcp: TcpHeader, field: FieldName, value: string): void {
  const kind = kindOf(field) as FieldKind;
  if (kind.is === 'option') {
    const options = withOption(tcp.options, kind.kind, optionValue(kind, value));
    if (writeOptions(options).length > LONGEST_OPTIONS) return; // no packet can be so
    tcp.options = options;
    tcp.dataOffset = undefined;
    ip.totalLength = undefined;
  } else if (kind.is === 'tcp-flags') tcp.flags = flagsOf(value);
  else (tcp as unknown as Numbers)[NAMES.TCP[field.name] as string] = Number(value);
}

type Numbers = Record<string, number>;

/** Numbers of flags, by their letters. */
function flagsOf(letters: string): number {
  return [...letters].reduce((flags, letter) => flags | (1 << TCP_FLAGS.indexOf(letter)), 0);
}

export function lettersOf(flags: number): string {
  return [...TCP_FLAGS].filter((_, bit) => (flags & (1 << bit)) !== 0).join('');
}

/** Those that a field of ours is called otherwise. */
const NAMES: Readonly<Record<'TCP' | 'UDP', Readonly<Record<string, string>>>> = {
  TCP: {
    sport: 'srcPort',
    dport: 'dstPort',
    seq: 'seq',
    ack: 'ack',
    dataofs: 'dataOffset',
    reserved: 'reserved',
    window: 'window',
    chksum: 'checksum',
    urgptr: 'urgentPointer',
  },
  UDP: { sport: 'srcPort', dport: 'dstPort', len: 'length', chksum: 'checksum' },
};

function getIpField(packet: Packet, name: string): string {
  const { ip } = packet;
  switch (name) {
    case 'src':
    case 'dst':
      return formatAddress(ip[name], 0, ip[name].length === 4 ? 4 : 6);
    case 'flags':
      return IP_FLAGS.filter((_, bit) => (ip.flags & (1 << bit)) !== 0).join('+');
    default: {
      const header = ip as unknown as Readonly<Numbers>;
      return String(
        header[IP_NAMES[name] as string] ?? builtNumber(packet, { protocol: 'IP', name }),
      );
    }
  }
}

/** Of a field that is worked out when the packet is built. */
function builtNumber(packet: Packet, { protocol, name }: FieldName): number {
  const bytes = buildPacket(packet).subarray(packet.ethernet.length);
  const transport = transportOf(packet);
  const isIpv4 = packet.ip.src.length === 4;
  switch (`${protocol}:${name}`) {
    case 'IP:ihl':
      return isIpv4 ? u8(bytes, 0) & 0x0f : 10;
    case 'IP:len':
      return u16(bytes, isIpv4 ? 2 : 4);
    case 'IP:chksum':
      return isIpv4 ? u16(bytes, 10) : 0;
    case 'TCP:dataofs':
      return u8(transport, 12) >>> 4;
    case 'TCP:chksum':
      return u16(transport, 16);
    case 'UDP:len':
      return u16(transport, 4);
    default:
      return u16(transport, 6);
  }
}

function setIpField({ ip }: Packet, name: string, value: string): void {
  switch (name) {
    case 'src':
    case 'dst': {
      const address = parseAddress(value);
      if (address?.length === ip[name].length) ip[name] = address;
      return;
    }
    case 'flags':
      ip.flags = value
        .split('+')
        .reduce((flags, one) => flags | (1 << IP_FLAGS.indexOf(one as 'DF')), 0);
      return;
    default: {
      const header = ip as unknown as Numbers;
      header[IP_NAMES[name] as string] = Number(value);
    }
  }
}

const IP_NAMES: Readonly<Record<string, string>> = {
  version: 'version',
  ihl: 'headerLength',
  tos: 'tos',
  len: 'totalLength',
  id: 'id',
  frag: 'fragmentOffset',
  ttl: 'ttl',
  proto: 'protocol',
  chksum: 'checksum',
};

function optionText(options: readonly TcpOption[], kind: FieldKind & { is: 'option' }): string {
  const found = options.find((one) => one.kind === kind.kind);
  if (found === undefined) return '';
  if (kind.length === undefined) return Buffer.from(found.value).toString('hex');
  return String(numberIn(found.value.subarray(0, 4)));
}

/** Of a timestamp the first of its two numbers; the other is then 0, as scapy writes it. */
function optionValue({ length }: FieldKind & { is: 'option' }, value: string): Uint8Array {
  if (length === undefined) return Uint8Array.from(Buffer.from(value, 'hex'));
  const bytes = new Uint8Array(length);
  const width = Math.min(length, 4);
  let rest = Number(value);
  for (let at = width - 1; at >= 0; at--) {
    bytes[at] = rest;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

function numberIn(bytes: Uint8Array): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

function withOption(
  options: readonly TcpOption[],
  kind: number,
  value: Uint8Array,
): readonly TcpOption[] {
  const at = options.findIndex((one) => one.kind === kind);
  return at < 0 ? [...options, { kind, value }] : options.with(at, { kind, value });
}

/** As Python's `quote` writes text: what is neither a letter, a digit nor one of `_.-~/` as its bytes in UTF-8. */
function quoted(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8').replaceAll('\ufffd', '');
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, percent)
    .replaceAll('%2F', '/');
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Two words stand for whole requests, as Geneva has it; the names in them are ours. */
function unquoted(text: string): Uint8Array {
  const bytes = text.replace(/%([0-9a-fA-F]{2})|[^%]/gu, (one, hex: string | undefined) =>
    hex === undefined
      ? Buffer.from(one).toString('latin1')
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Uint8Array.from(
    Buffer.from(
      bytes.replaceAll('__HTTP_REQUEST__', HTTP_REQUEST).replaceAll('__DNS_REQUEST__', DNS_REQUEST),
      'latin1',
    ),
  );
}

const HTTP_REQUEST = 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n';
/** A question for the address of example.com. */
const DNS_REQUEST = '\0\x01\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01';
/** In bytes: a data offset has four bits (RFC 9293 §3.1). */
const LONGEST_OPTIONS = 40;
