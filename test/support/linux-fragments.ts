import type { IpPacket } from './linux-packet.ts';

/**
 * How Linux puts IP datagrams together, of both versions since 4.19 (`inet_frag_queue_insert`): a fragment that lies within
 * what came in one run is dropped, one that overlaps it in another way takes the datagram with it (RFC 5722 §3).
 */
export class LinuxFragments {
  readonly #datagrams = new Map<string, Datagram>();

  /** The whole packet, once its last fragment has come. */
  take(packet: IpPacket): IpPacket | undefined {
    const { fragment, addresses, protocol } = packet;
    if (fragment === undefined) return packet;
    const key = `${addresses.toString('hex')} ${protocol} ${fragment.id}`;
    const datagram = this.#datagrams.get(key) ?? { runs: [], length: undefined };
    this.#datagrams.set(key, datagram);
    if (insert(datagram, fragment.offset, packet.contents) === 'overlaps') {
      this.#datagrams.delete(key);
      return undefined;
    }
    if (!fragment.hasMore) datagram.length = fragment.offset + packet.contents.length;
    const contents = Buffer.concat(datagram.runs.map((run) => run.bytes));
    if (contents.length !== datagram.length) return undefined;
    this.#datagrams.delete(key);
    return { ...packet, fragment: undefined, contents };
  }
}

interface Datagram {
  /** In order, without overlap. */
  readonly runs: Run[];
  length: number | undefined;
}

interface Run {
  readonly offset: number;
  bytes: Buffer;
}

/** Only at the end of the datagram does a fragment become part of the run before it. */
function insert({ runs }: Datagram, offset: number, bytes: Buffer): 'fits' | 'overlaps' {
  const last = runs.at(-1);
  if (last !== undefined && offset === endOf(last)) {
    last.bytes = Buffer.concat([last.bytes, bytes]);
    return 'fits';
  }
  const end = offset + bytes.length;
  const touched = runs.find((run) => run.offset < end && endOf(run) > offset);
  if (touched !== undefined) {
    return touched.offset <= offset && end <= endOf(touched) ? 'fits' : 'overlaps';
  }
  const at = runs.findIndex((run) => run.offset >= end);
  runs.splice(at < 0 ? runs.length : at, 0, { offset, bytes });
  return 'fits';
}

function endOf({ offset, bytes }: Run): number {
  return offset + bytes.length;
}
