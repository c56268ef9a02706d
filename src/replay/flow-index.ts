import type { Millis } from '../base/units.ts';
import { CaptureReader } from '../dataplane/capture/capture-reader.ts';
import { FrameView } from '../dataplane/capture/link-layer.ts';
import { Tracer } from './tracer.ts';

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
  const view = new FrameView(reader.file);
  const tracers = new Map<number, Tracer>();
  const flows: IndexedFlow[] = [];
  while (reader.next()) {
    const { isCopy, box = 0, timeMs, profile } = reader.packet;
    if (isCopy) continue;
    const { bytes, at, end } = view.decode(reader.packet);
    const tracer = tracers.get(box) ?? new Tracer();
    tracers.set(box, tracer);
    const judged = { index: 0, time: timeMs, bytes, at, end, ignored: undefined, read: [] };
    tracer.trace({ ...judged, verdict: { kind: 'accept' } }, (event) => {
      if (event.event !== 'flow') return;
      const { flow, client, server } = event;
      flows.push({ box, flow, client, server, startedAt: timeMs, profile });
    });
  }
  return flows;
}
