import type { Verdict } from '../../src/policy/verdict.ts';
import { PacketView } from '../../src/wire/packet.ts';

export type Interference = Extract<Verdict, { kind: 'inject' }>;

/** The verdict, if a rule was set off; otherwise the test fails here. */
export function interference(verdict: Verdict): Interference {
  if (verdict.kind !== 'inject')
    throw new Error(`expected a decision; the verdict is ${verdict.kind}`);
  return verdict;
}

/** What becomes of the packet itself, in one word. */
export function fateOf(verdict: Verdict): 'accept' | 'drop' | 'hold' | 'replace' {
  if (verdict.kind !== 'inject') return verdict.kind;
  return verdict.until === undefined ? verdict.original : 'hold';
}

/** When the packet itself may go, if not at once; if it may not go at all, the test fails here. */
export function untilOf(verdict: Verdict): number | undefined {
  const fate = fateOf(verdict);
  if (fate !== 'accept' && fate !== 'hold') throw new Error(`the verdict is ${fate}`);
  return 'until' in verdict ? verdict.until : undefined;
}

/** The packets that a verdict adds. */
export function madeUp(verdict: Verdict): PacketView[] {
  if (verdict.kind !== 'inject') return [];
  return verdict.packets.map(({ frame }) => new PacketView().decode(frame, 0, frame.length));
}

export function payloadOf({ bytes, payloadAt, payloadEnd }: PacketView): Uint8Array {
  return bytes.slice(payloadAt, payloadEnd);
}
