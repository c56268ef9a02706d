import { spawnSync } from 'node:child_process';
import { formatAddress } from '../../src/base/address.ts';
import { CaptureReader } from '../../src/dataplane/capture/capture-reader.ts';
import { FrameView } from '../../src/dataplane/capture/link-layer.ts';
import { observe } from '../../src/replay/observe.ts';
import { PacketView } from '../../src/wire/packet.ts';

/** A reading of one packet of a capture. */
export interface PacketReading {
  /** The innermost packet's protocol, ends, numbers and length; null where there is no TCP and no UDP. */
  readonly packet: string | null;
  /** The names that were known when it came, not before. */
  readonly names: readonly string[];
}

/** Each packet of the file, as we read it. */
export function ourReadings(file: string): PacketReading[] {
  const names = new Map<number, string[]>();
  observe(file, ({ hosts }) => {
    for (const { packet, name } of hosts) names.set(packet, [...(names.get(packet) ?? []), name]);
  });
  const reader = new CaptureReader(file);
  const frame = new FrameView({ file, hasOneLink: true });
  const view = new PacketView(OPEN);
  const readings: PacketReading[] = [];
  while (reader.next()) {
    const { bytes, at, end } = frame.decode(reader.packet);
    const packet = describe(view.decode(bytes, at, end));
    readings.push({ packet, names: names.get(reader.packet.index) ?? [] });
  }
  reader.close();
  return readings;
}

function describe(view: PacketView): string | null {
  if (view.malformed !== undefined || !(view.isTcp || view.isUdp)) return null;
  const { bytes, srcAt, dstAt, ipVersion, seq, ack, flags, payloadLength } = view;
  const [src, dst] = [srcAt, dstAt].map((at) => formatAddress(bytes, at, ipVersion as 4 | 6));
  const ends = `${src} ${view.srcPort} > ${dst} ${view.dstPort}`;
  const numbers = `seq ${seq >>> 0} ack ${ack >>> 0} flags ${flags} `;
  return `${view.isTcp ? 'tcp' : 'udp'} ${ends} ${view.isTcp ? numbers : ''}length ${payloadLength}`;
}

/** The same, as tshark reads it; `options` are further arguments. */
export function readingsOfTshark(file: string, options: readonly string[] = []): PacketReading[] {
  return fieldsOfTshark(file, FIELDS, options).map((row) => {
    const last = (name: (typeof FIELDS)[number]): string =>
      row[FIELDS.indexOf(name)]?.split('|').at(-1) ?? '';
    const protocols = row[0]?.split(':') ?? [];
    const layer = protocols.findLast((name) => name === 'tcp' || name === 'udp');
    const names = NAMES.flatMap((name) => {
      const text = row[FIELDS.indexOf(name)];
      return text ? text.split('|') : [];
    });
    if (layer === undefined) return { packet: null, names };
    const ip = protocols
      .slice(0, protocols.lastIndexOf(layer))
      .findLast((name) => /^ip(v6)?$/.test(name));
    const [src, dst] =
      ip === 'ip' ? [last('ip.src'), last('ip.dst')] : [last('ipv6.src'), last('ipv6.dst')];
    if (layer === 'udp') {
      const ends = `${src} ${last('udp.srcport')} > ${dst} ${last('udp.dstport')}`;
      return { packet: `udp ${ends} length ${Number(last('udp.length')) - 8}`, names };
    }
    const ends = `${src} ${last('tcp.srcport')} > ${dst} ${last('tcp.dstport')}`;
    const numbers = `seq ${last('tcp.seq_raw')} ack ${last('tcp.ack_raw')} flags ${Number(last('tcp.flags'))}`;
    return { packet: `tcp ${ends} ${numbers} length ${last('tcp.len')}`, names };
  });
}

/** These fields of each packet; several values of one are separated by `|`. */
export function fieldsOfTshark(
  file: string,
  fields: readonly string[],
  options: readonly string[] = [],
): string[][] {
  const wanted = fields.flatMap((field) => ['-e', field]);
  const format = ['-T', 'fields', '-E', 'aggregator=|'];
  const args = ['-n', '-r', file, ...options, ...format, ...wanted];
  const { status, stdout } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`tshark ended with status ${status}`);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

const OPEN = { tcpHeader: 'strict', extensionHeaders: 'walk', tunnels: 'open' } as const;
const NAMES = ['http.host', 'tls.handshake.extensions_server_name', 'dns.qry.name'] as const;
const FIELDS = [
  ...['frame.protocols', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst'],
  ...['tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.flags', 'tcp.len'],
  ...['udp.srcport', 'udp.dstport', 'udp.length'],
  ...NAMES,
] as const;
