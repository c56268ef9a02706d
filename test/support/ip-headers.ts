import { concat, internetChecksum, type Segment, tcpFrame } from './packets.ts';

/** A segment in IP fragments; each cut is a multiple of 8, counted from the TCP header on. */
export function fragments(segment: Segment, ...cuts: readonly number[]): Uint8Array[] {
  const frame = tcpFrame(segment);
  const isIpv4 = frame[12] === 0x08;
  const headerEnd = isIpv4 ? 34 : 54;
  const ends = [...cuts, frame.length - headerEnd];
  return ends.map((end, i) => {
    const at = ends[i - 1] ?? 0;
    const part = frame.slice(headerEnd + at, headerEnd + end);
    const more = i < cuts.length;
    return isIpv4 ? fragment4(frame, at, more, part) : fragment6(frame, at, more, part);
  });
}

function fragment4(frame: Uint8Array, at: number, more: boolean, part: Uint8Array): Uint8Array {
  const head = frame.slice(0, 34);
  const view = new DataView(head.buffer);
  view.setUint16(16, 20 + part.length);
  view.setUint16(20, (more ? 0x2000 : 0) | (at / 8));
  view.setUint16(24, 0);
  view.setUint16(24, internetChecksum(head.slice(14)));
  return concat(head, part);
}

function fragment6(frame: Uint8Array, at: number, more: boolean, part: Uint8Array): Uint8Array {
  const head = frame.slice(0, 54);
  const view = new DataView(head.buffer);
  view.setUint16(18, 8 + part.length);
  head[20] = 44;
  const offset = at | (more ? 1 : 0);
  return concat(head, Uint8Array.of(6, 0, offset >>> 8, offset & 0xff, 0, 0, 0, 7), part);
}

/** An IPv6 segment with these extension headers between IP and TCP: pairs of type and bytes, whose first byte is set. */
export function withExtensions(
  segment: Segment,
  ...headers: readonly (readonly [type: number, bytes: Uint8Array])[]
): Uint8Array {
  const frame = tcpFrame(segment);
  const types = [...headers.map(([type]) => type), 6];
  const bytes = headers.map(([, contents], i) => {
    const header = contents.slice();
    header[0] = types[i + 1] as number;
    return header;
  });
  const head = frame.slice(0, 54);
  const length = concat(...bytes).length + frame.length - 54;
  new DataView(head.buffer).setUint16(18, length);
  head[20] = types[0] as number;
  return concat(head, ...bytes, frame.slice(54));
}
