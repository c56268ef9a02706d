export interface Sample {
  readonly nsPerPacket: number;
  /** Of the heap, in bytes, over a whole round through the capture; only of what runs in Node. */
  readonly heapPerPacket?: number;
}

export interface Measured {
  readonly name: string;
  readonly samples: Sample[];
}

export interface Frame {
  readonly packets: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly idleFlow: number;
}

/** At most 80 columns. */
export function renderTable(
  results: readonly Measured[],
  skipped: readonly string[],
  { packets, bytes, rounds, idleFlow }: Frame,
): string {
  const rows = results.map(({ name, samples }) => {
    const ns = samples.map(({ nsPerPacket }) => nsPerPacket).sort((a, b) => a - b);
    const heap = samples.flatMap(({ heapPerPacket }) => heapPerPacket ?? []).sort((a, b) => a - b);
    const median = ns[ns.length >>> 1] as number;
    const spread = ` ${whole(ns[0] as number)}-${whole(ns.at(-1) as number)}`;
    const heapMedian = heap[heap.length >>> 1];
    return [name, whole(1e9 / median), whole(median), spread, heapMedian?.toFixed(1) ?? ''];
  });
  const head = [['', 'packets/s', 'ns/packet', 'least-most', 'heap B'], ...rows];
  const size = `${whole(packets)} packets of ${whole(bytes / packets)} bytes on average`;
  return [
    '',
    ...head.map(renderLine),
    '',
    `medians of ${rounds}, on one core; ${size}, TLS, HTTP and downloads, two thirds IPv4`,
    'heap: bytes that a packet leaves behind, those that begin flows or set off rules included',
    `an idle flow takes ${whole(idleFlow)} bytes`,
    ...skipped,
  ].join('\n');
}

function renderLine([name = '', ...cells]: readonly string[]): string {
  return (name.padEnd(34) + cells.map((cell) => cell.padStart(11)).join('')).trimEnd();
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
