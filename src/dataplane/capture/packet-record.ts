import type { Millis } from '../../base/units.ts';
import type { ByteOrder } from './byte-order.ts';

/** A packet of a capture; one object, filled anew for each: what is kept must be copied. */
export class PacketRecord {
  /** The captured bytes are `bytes[at, end)`, as in the file. */
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  /** On the wire; more than was captured where a snapshot length cut the packet. */
  originalLength = 0;
  /** Unix time in ms. A simple packet block has none: it takes that of the packet before. */
  timeMs: Millis = 0;
  /** The time as the file has it, 64 bits in the interface's unit; signed, so that V8 keeps them small. */
  ticksHigh = 0;
  ticksLow = 0;
  linkType = 0;
  /** In a capture of a middlebox: the packet as it left, which is there already as it came in, or was injected. */
  isCopy = false;
  /** In such a capture: the profile of the censor that judged it. */
  profile: string | undefined = undefined;
  /** In such a capture: which of its boxes saw the packet; each has two interfaces, in order. */
  box: number | undefined = undefined;
  interfaceIndex = 0;
  /** Packets of the file are numbered from 1. */
  index = 0;
  /** Where in the file its record or block begins. */
  offset = 0;
  /** Its pcapng options, `bytes[optionsAt, optionsEnd)` without the end mark, in the order of its section. */
  optionsAt = 0;
  optionsEnd = 0;
  order: ByteOrder = 'little';
}

const EMPTY = new Uint8Array(0);
