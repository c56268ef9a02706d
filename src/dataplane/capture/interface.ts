import type { Millis } from '../../base/units.ts';
import { OPTION_TIME_OFFSET, OPTION_TIME_RESOLUTION } from './blocks.ts';
import { type ByteOrder, getI32, getU16, getU32 } from './byte-order.ts';
import type { CaptureSource } from './capture-source.ts';
import { findOption } from './options.ts';

/** What an interface description block says of the packets that name it. */
export interface CaptureInterface {
  readonly linkType: number;
  /** 0 where packets are whole. */
  readonly snapLength: number;
  readonly ticksPerMs: number;
  readonly offsetMs: Millis;
}

/** The interface that the block of this length describes, which the source is at. */
export function parseInterface(
  source: CaptureSource,
  length: number,
  order: ByteOrder,
): CaptureInterface {
  const { bytes, at } = source;
  const find = (code: number, valueLength: number): number | undefined =>
    findOption(source, at + 16, at + length - 4, { code, length: valueLength, order });
  const resolutionAt = find(OPTION_TIME_RESOLUTION, 1);
  const offsetAt = find(OPTION_TIME_OFFSET, 8);
  return {
    linkType: getU16(bytes, at + 8, order),
    snapLength: getU32(bytes, at + 12, order),
    ticksPerMs: ticksPerSecond(resolutionAt === undefined ? 6 : (bytes[resolutionAt] ?? 6)) / 1000,
    offsetMs: offsetAt === undefined ? 0 : getI64(bytes, offsetAt, order) * 1000,
  };
}

/** `if_tsresol`: a negative power of 2 where the upper bit is set, else of 10. */
function ticksPerSecond(resolution: number): number {
  return (resolution & 0x80) === 0 ? 10 ** resolution : 2 ** (resolution & 0x7f);
}

function getI64(bytes: Uint8Array, at: number, order: ByteOrder): number {
  const [high, low] = order === 'big' ? [at, at + 4] : [at + 4, at];
  return getI32(bytes, high, order) * 0x1_0000_0000 + getU32(bytes, low, order);
}
