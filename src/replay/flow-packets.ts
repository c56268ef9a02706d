import { UNIX } from '../base/calendar.ts';
import type { Millis } from '../base/units.ts';
import { CaptureReader } from '../dataplane/capture/capture-reader.ts';
import type { Truncation } from '../dataplane/capture/capture-source.ts';
import type { Tunnels } from '../policy/model.ts';
import { PacketView } from '../wire/packet.ts';
import type { OddTimes } from './capture-clock.ts';
import { type Dates, datesOf } from './dates.ts';
import { NumberedPackets } from './numbered-packets.ts';
import type { FlowEvent } from './trace-event.ts';

/** A flow's packets, and fragments between its hosts, as Ethernet frames of their own. */
export interface FlowPackets {
  readonly flow: FlowEvent;
  readonly packets: readonly { readonly frame: Uint8Array; readonly time: Millis }[];
  /** Of the censor that judged them, in a capture of a run. */
  readonly profile: string | undefined;
  /** There were more than are kept. */
  readonly isCut: boolean;
}

/** What there was to collect. */
export interface CollectedFlows {
  readonly flows: readonly FlowPackets[];
  /** Flows that were wanted, beyond as many as are kept. */
  readonly leftOut: number;
  readonly packets: number;
  /** Packets that a snapshot length cut: only what was captured of them was read. */
  readonly cut: number;
  readonly truncation: Truncation | undefined;
  /** Of the first packet and the last, wanted or not; undefined if there was none. */
  readonly dates: Dates | undefined;
  readonly oddTimes: OddTimes;
}

/**
 * The flows of a capture in the order of a trace, each with its first packets; `wanted` takes only those it names, `box` those of
 * one of the boxes in a capture of several.
 */
export function flowsOf(
  file: string,
  wanted: (flow: FlowEvent) => boolean = () => true,
  box = 0,
  tunnels: Tunnels = 'open',
): CollectedFlows {
  const reader = new CaptureReader(file);
  try {
    return collect(reader, wanted, box, tunnels);
  } finally {
    reader.close();
  }
}

function collect(
  reader: CaptureReader,
  wanted: (flow: FlowEvent) => boolean,
  box: number,
  tunnels: Tunnels,
): CollectedFlows {
  const numbered = new NumberedPackets(reader, tunnels, box);
  const packet = new PacketView({ tcpHeader: 'strict', extensionHeaders: 'strict', tunnels });
  const flows = new Map<number, Collected>();
  /** A fragment without ports goes with the flow that its hosts had last. */
  const lastOfPair = new Map<string, number>();
  let total = 0;
  let packets = 0;
  let cut = 0;
  let leftOut = 0;
  while (numbered.next()) {
    packets++;
    const { bytes, at, end, time, flow, began } = numbered;
    const { profile } = reader.packet;
    if (reader.packet.originalLength > reader.packet.end - reader.packet.at) cut++;
    if (began !== undefined && wanted(began)) {
      if (flows.size < MOST_FLOWS) {
        flows.set(began.flow, { flow: began, packets: [], profile, isCut: false });
      } else leftOut++;
    }
    packet.decode(bytes, at, end);
    if (flow !== undefined) noteLast(lastOfPair, pairOf(packet), flow);
    const of = flow ?? (packet.isFragment ? lastOfPair.get(pairOf(packet)) : undefined);
    const collected = of === undefined ? undefined : flows.get(of);
    if (collected === undefined) continue;
    if (collected.packets.length >= MOST_PACKETS || total >= MOST_BYTES) {
      collected.isCut = true;
      continue;
    }
    total += end - at;
    collected.packets.push({ frame: bytes.slice(at, end), time });
  }
  const clock = numbered.clockOf(box);
  const dates = datesOf(UNIX, clock.first, clock.now);
  const { truncation } = reader;
  const { oddTimes } = clock;
  return { flows: [...flows.values()], leftOut, packets, cut, truncation, dates, oddTimes };
}

interface Collected {
  readonly flow: FlowEvent;
  readonly packets: { readonly frame: Uint8Array; readonly time: Millis }[];
  readonly profile: string | undefined;
  isCut: boolean;
}

function noteLast(lastOfPair: Map<string, number>, pair: string, flow: number): void {
  if (lastOfPair.size >= MOST_FLOWS) lastOfPair.clear(); // a fragment soon follows the packets that it is like
  lastOfPair.set(pair, flow);
}

function pairOf({ bytes, srcAt, dstAt, ipVersion }: PacketView): string {
  const length = ipVersion === 4 ? 4 : 16;
  const text = (at: number): string => bytes.subarray(at, at + length).join('.');
  const [src, dst] = [text(srcAt), text(dstAt)];
  return src < dst ? `${src} ${dst}` : `${dst} ${src}`;
}

/** Of one flow. */
const MOST_PACKETS = 2000;
const MOST_FLOWS = 10_000;
/** Of all together. */
const MOST_BYTES = 256 * 1024 * 1024;
