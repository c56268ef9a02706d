import { counted } from '../../base/counted.ts';
import { OPTION_END, padded } from './blocks.ts';
import { type ByteOrder, getU16 } from './byte-order.ts';
import type { CaptureSource } from './capture-source.ts';
import { invalidCapture } from './invalid.ts';

/** Where the options in a range of the source's bytes end, without the end mark, which may be missing. */
export function endOfOptions(
  source: CaptureSource,
  at: number,
  end: number,
  order: ByteOrder,
): number {
  let optionAt = at;
  while (optionAt + 4 <= end && getU16(source.bytes, optionAt, order) !== OPTION_END) {
    const length = getU16(source.bytes, optionAt + 2, order);
    const nextAt = optionAt + 4 + padded(length);
    if (nextAt > end) throw overlong(source, optionAt, end, length);
    optionAt = nextAt;
  }
  return optionAt;
}

/** The text of the first option with this code. */
export function optionText(
  source: CaptureSource,
  at: number,
  end: number,
  { code, order }: { code: number; order: ByteOrder },
): string | undefined {
  const optionsEnd = endOfOptions(source, at, end, order);
  for (let optionAt = at; optionAt < optionsEnd; ) {
    const length = getU16(source.bytes, optionAt + 2, order);
    if (getU16(source.bytes, optionAt, order) === code) {
      return Buffer.from(source.bytes.subarray(optionAt + 4, optionAt + 4 + length)).toString();
    }
    optionAt += 4 + padded(length);
  }
  return undefined;
}

/** Where the value of the first option with this code begins, if it has this length. */
export function findOption(
  source: CaptureSource,
  at: number,
  end: number,
  { code, length, order }: { code: number; length: number; order: ByteOrder },
): number | undefined {
  const optionsEnd = endOfOptions(source, at, end, order);
  for (let optionAt = at; optionAt < optionsEnd; ) {
    const found = getU16(source.bytes, optionAt + 2, order);
    if (getU16(source.bytes, optionAt, order) === code && found === length) return optionAt + 4;
    optionAt += 4 + padded(found);
  }
  return undefined;
}

function overlong(source: CaptureSource, at: number, end: number, length: number): Error {
  const place = { file: source.file, offset: source.offset + at - source.at };
  const expected = `at most the ${end - at - 4} to the end of its block`;
  return invalidCapture(place, { found: `an option of ${counted(length, 'byte')}`, expected });
}
