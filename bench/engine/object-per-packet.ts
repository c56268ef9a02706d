/**
 * A box as one would write it first: an object with strings for each packet, flows in a map by their text, every TLS
 * server name and HTTP host looked up in a set. It validates nothing and puts nothing together.
 */
export class ObjectPerPacket {
  readonly #names: ReadonlySet<string>;
  readonly #flows = new Map<string, { isBlocked: boolean; packets: number }>();

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  take(frame: Uint8Array): boolean {
    const packet = parse(frame);
    if (packet === undefined) return true;
    const ends = [`${packet.src}:${packet.srcPort}`, `${packet.dst}:${packet.dstPort}`].sort();
    const key = ends.join(' ');
    const flow = this.#flows.get(key) ?? { isBlocked: false, packets: 0 };
    flow.packets++;
    if ((packet.flags & 5) !== 0) this.#flows.delete(key);
    else this.#flows.set(key, flow);
    if (flow.isBlocked) return false;
    const name = nameIn(packet.payload);
    flow.isBlocked = name !== undefined && this.#isListed(name);
    return !flow.isBlocked;
  }

  #isListed(name: string): boolean {
    const labels = name.toLowerCase().split('.');
    return labels.some((_, i) => this.#names.has(labels.slice(i).join('.')));
  }
}

interface Parsed {
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

function parse(frame: Uint8Array): Parsed | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const isIpv4 = view.getUint16(12) === 0x0800;
  const tcpAt = 14 + (isIpv4 ? (view.getUint8(14) & 15) * 4 : 40);
  if (view.getUint8(isIpv4 ? 23 : 20) !== 6) return undefined;
  const [src, dst, length] = isIpv4 ? [26, 30, 4] : [22, 38, 16];
  return {
    src: frame.subarray(src, src + length).join('.'),
    dst: frame.subarray(dst, dst + length).join('.'),
    srcPort: view.getUint16(tcpAt),
    dstPort: view.getUint16(tcpAt + 2),
    flags: view.getUint8(tcpAt + 13),
    payload: frame.subarray(tcpAt + (view.getUint8(tcpAt + 12) >>> 4) * 4),
  };
}

function nameIn(payload: Uint8Array): string | undefined {
  if (payload[0] === 22) return serverName(payload);
  if (payload[0] !== 0x47) return undefined;
  const text = new TextDecoder('latin1').decode(payload);
  return /\r\nhost: *([^\r\n:]+)/i.exec(text)?.[1];
}

function serverName(payload: Uint8Array): string | undefined {
  if (payload.length < 44 || payload[5] !== 1) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  try {
    let at = 44 + view.getUint8(43);
    at += 2 + view.getUint16(at);
    at += 1 + view.getUint8(at) + 2;
    while (at + 9 < payload.length) {
      const length = view.getUint16(at + 2);
      if (view.getUint16(at) === 0) {
        return new TextDecoder('latin1').decode(payload.subarray(at + 9, at + 4 + length));
      }
      at += 4 + length;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}
