import type { Millis } from '../base/units.ts';
import { CaptureReader } from '../dataplane/capture/capture-reader.ts';
import { NumberedPackets } from './numbered-packets.ts';

/** A flow of a capture, numbered as `replay` and `explain` number the flows of one box. */
export interface IndexedFlow {
  /** Which of the capture's boxes saw it, from 0. */
  readonly box: number;
  readonly flow: number;
  /** As address:port. */
  readonly client: string;
  readonly server: string;
  /** Unix time of its first packet. */
  readonly startedAt: Millis;
  /** The profile of the box, in a capture of a run. */
  readonly profile: string | undefined;
}

/** The flows of a capture, in the order of their first packets. */
export function indexFlows(file: string): IndexedFlow[] {
  const reader = new CaptureReader(file);
  try {
    return indexOf(reader);
  } finally {
    reader.close();
  }
}

function indexOf(reader: CaptureReader): IndexedFlow[] {
  const packets = new NumberedPackets(reader);
  const flows: IndexedFlow[] = [];
  while (packets.next()) {
    if (packets.began === undefined) continue;
    const { flow, client, server } = packets.began;
    // The calendar of a run goes back with each lab: rows are dated by it.
    const { timeMs: startedAt, profile } = reader.packet;
    flows.push({ box: packets.box, flow, client, server, startedAt, profile });
  }
  return flows;
}
