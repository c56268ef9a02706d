import { concat, tcpFrame } from './packets.ts';
import type { Written } from './relay.ts';

/** A capture file (libpcap format 2.4, Ethernet) of these frames, one second apart. */
export function pcap(frames: readonly Uint8Array[]): Uint8Array {
  const u32 = (...values: number[]): Uint8Array => {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => {
      bytes.writeUInt32LE(value, 4 * i);
    });
    return bytes;
  };
  const header = u32(0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1);
  const packets = frames.map((frame, i) => concat(u32(i, 0, frame.length, frame.length), frame));
  return concat(header, ...packets);
}

/** The TCP connection that carried these bytes, in segments of 1,000 bytes at most, to port 443. */
export function tcpFrames(written: Written, clientPort: number): Uint8Array[] {
  const client = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: clientPort, dstPort: 443 };
  const server = { src: client.dst, dst: client.src, srcPort: 443, dstPort: clientPort };
  let [clientSeq, serverSeq] = [1, 1];
  const frames = [
    tcpFrame({ ...client, seq: 0, ack: 0, flags: 'S' }),
    tcpFrame({ ...server, seq: 0, ack: 1, flags: 'SA' }),
    tcpFrame({ ...client, seq: 1, ack: 1, flags: 'A' }),
  ];
  for (const { isToServer, bytes } of written) {
    for (let at = 0; at < bytes.length; at += 1000) {
      const payload = bytes.slice(at, at + 1000);
      const numbers = isToServer
        ? { ...client, seq: clientSeq, ack: serverSeq }
        : { ...server, seq: serverSeq, ack: clientSeq };
      frames.push(tcpFrame({ ...numbers, flags: 'PA', payload }));
      if (isToServer) clientSeq += payload.length;
      else serverSeq += payload.length;
    }
  }
  return frames;
}
