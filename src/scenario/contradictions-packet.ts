import { u8 } from '../base/bytes.ts';
import { parseHex } from '../policy/match/keyword-set.ts';
import type { PacketSpec } from './trigger-schema.ts';

type BytesSpec = NonNullable<PacketSpec['bytes']>;

/** Whether one payload may have both: no bit at one place has two values. */
export function doBytesMeet(one: BytesSpec, other: BytesSpec): boolean {
  const bits = bitsOf(one);
  return [...bitsOf(other)].every(([at, { value, mask }]) => {
    const second = bits.get(at);
    return second === undefined || ((value ^ second.value) & mask & second.mask) === 0;
  });
}

/** Where the last of the bytes ends that a payload must have; 0 if it need have none. */
export function endOf({ bytes = [] }: PacketSpec): number {
  return Math.max(0, ...bytes.map(({ at, hex }) => at + (parseHex(hex)?.length ?? 0)));
}

/** Whether each packet that fits the first fits the second. */
export function isPacketWithin(one: PacketSpec, other: PacketSpec): boolean {
  const bits = bitsOf(one.bytes ?? []);
  const hasBits = [...bitsOf(other.bytes ?? [])].every(([at, { value, mask }]) => {
    const own = bits.get(at) ?? { value: 0, mask: 0 };
    return (own.mask & mask) === mask && ((own.value ^ value) & mask) === 0;
  });
  return (
    hasBits &&
    (other.transport === undefined || other.transport === one.transport) &&
    Math.max(one.min_length ?? 1, endOf(one)) >= Math.max(other.min_length ?? 1, endOf(other)) &&
    (one.max_length ?? Infinity) <= (other.max_length ?? Infinity)
  );
}

interface Bits {
  readonly value: number;
  readonly mask: number;
}

/** The bits that count, by the place of their byte. */
function bitsOf(bytes: BytesSpec): ReadonlyMap<number, Bits> {
  const bits = new Map<number, Bits>();
  for (const { at, hex, mask: digits } of bytes) {
    const [values, masks] = [parseHex(hex), digits === undefined ? undefined : parseHex(digits)];
    values?.forEach((byte, i) => {
      const mask = masks === undefined ? 0xff : u8(masks, i);
      const before = bits.get(at + i) ?? { value: 0, mask: 0 };
      bits.set(at + i, { value: before.value | (byte & mask), mask: before.mask | mask });
    });
  }
  return bits;
}
