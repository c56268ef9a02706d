import { decoyNameFor } from '../../src/evasion/request.ts';
import { ipChecksumHolds, tcpChecksumHolds } from '../../src/wire/checksum.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { formatTcpOptions } from '../../src/wire/tcp-options.ts';

/** One line about a packet: flags, sequence numbers, what is odd about it, and what of the name is in it. */
export function describePacket(frame: Uint8Array, name: string): string {
  const view = new PacketView({ tcpHeader: 'trust-20', extensionHeaders: 'walk' }).decode(
    frame,
    0,
    frame.length,
  );
  const text = Buffer.from(frame).toString('latin1');
  if (view.isFragment) {
    const length = view.ipEnd - view.transportAt;
    return `fragment ${view.fragmentOffset}:${view.fragmentOffset + length}${view.hasMoreFragments ? '+' : ''} ${contentOf(text, name)}`;
  }
  if (!view.isTcp) return `no TCP (${view.malformed?.reason ?? view.protocol})`;
  const { seq, ack, ttl, transportAt, tcpOptionsEnd } = view;
  const payloadAt = transportAt + ((frame[transportAt + 12] ?? 0) >>> 4) * 4;
  const payload = frame.subarray(Math.min(payloadAt, view.ipEnd), view.ipEnd);
  return [
    flagsText(view.flags),
    `${seq >>> 0}:${(seq + payload.length) >>> 0}(${payload.length})`,
    `ack ${ack >>> 0} win ${view.window}`,
    formatTcpOptions(frame, transportAt + 20, tcpOptionsEnd),
    ttl === 64 ? '' : `ttl ${ttl}`,
    view.urgentPointer > 0 ? `urg ${view.urgentPointer}` : '',
    view.hasExtensionHeaders ? `extension headers ${transportAt - view.ipAt - 40}` : '',
    view.ipEnd < frame.length ? `ip ends ${frame.length - view.ipEnd} before` : '',
    tcpChecksumHolds(view, transportAt) || view.ipEnd < frame.length ? '' : 'wrong tcp checksum',
    ipChecksumHolds(view) ? '' : 'wrong ip checksum',
    contentOf(Buffer.from(payload).toString('latin1'), name),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function contentOf(text: string, name: string): string {
  const shown = text.replace(/[^\x20-\x7e]+/g, '·');
  const short = shown.length > 90 ? `${shown.slice(0, 50)}…${shown.slice(-30)}` : shown;
  const has = [
    name !== '' && text.includes(name) ? 'the name' : '',
    name !== '' && text.includes(decoyNameFor(name)) ? 'a decoy’s' : '',
  ];
  const told = has.filter((one) => one !== '').join(' and ');
  return [short === '' ? '' : JSON.stringify(short), told === '' ? '' : `with ${told}`]
    .filter((one) => one !== '')
    .join(' ');
}

function flagsText(flags: number): string {
  return [...'FSRPAUEC'].filter((_, bit) => (flags & (1 << bit)) !== 0).join('') || '-';
}
