import { beforeEach, describe, expect, test, vi } from 'vitest';
import { UNIX } from '../../src/base/calendar.ts';
import { Box, type Decider } from '../../src/dataplane/box.ts';
import { Arena } from '../../src/dataplane/ffi/arena.ts';
import type { Recorder } from '../../src/dataplane/recorder.ts';
import { ACCEPT, type Decision, type Injection, type Verdict } from '../../src/policy/verdict.ts';

/* A box between two interfaces that are no interfaces. Frames are told by their last byte. */

const { rings } = vi.hoisted(() => ({ rings: new Map<string, Ring>() }));
/** As much of a ring as needs no kernel. */
interface Ring {
  readonly arriving: Uint8Array[];
  readonly sent: Uint8Array[];
}

vi.mock('../../src/dataplane/ffi/packet-ring.ts', async (original) => {
  const real = await original<typeof import('../../src/dataplane/ffi/packet-ring.ts')>();
  class PacketRing implements Ring {
    readonly arriving: Uint8Array[] = [];
    readonly sent: Uint8Array[] = [];
    readonly fits = real.PacketRing.prototype.fits;
    oversized = 0;
    frameAt = 0;
    constructor(name: string) {
      rings.set(name, this);
    }
    get bytes(): Uint8Array {
      return this.arriving[0] as Uint8Array;
    }
    get frameEnd(): number {
      return this.bytes.length;
    }
    waiting(): number {
      return this.arriving.length;
    }
    take(): boolean {
      return this.arriving.length > 0;
    }
    release(): void {
      this.arriving.shift();
    }
    send(bytes: Uint8Array, at: number, end: number): boolean {
      this.sent.push(bytes.slice(at, end));
      return true;
    }
    flush(): void {
      // All of it has left.
    }
  }
  return { ...real, PacketRing };
});

let verdictOn: (mark: number) => Verdict;
beforeEach(() => {
  verdictOn = () => ACCEPT;
});

describe('a frame that no interface with an MTU of 1500 sends', () => {
  test.each([
    { name: '1514 bytes', frame: frame(1514), isSent: true },
    { name: '1515 bytes', frame: frame(1515), isSent: false },
    { name: '1518 bytes with a VLAN tag', frame: frame(1518, 0x8100), isSent: true },
    { name: '1519 bytes with a VLAN tag', frame: frame(1519, 0x8100), isSent: false },
    { name: '1518 bytes with a tag of a provider', frame: frame(1518, 0x88a8), isSent: false },
    { name: 'more than a slot', frame: frame(2100), isSent: false },
  ])('$name: it is sent and recorded, or neither, and counted', ({ frame: made, isSent }) => {
    verdictOn = () => inject(injection(made, 'back'));
    const { box, recorded } = newBox();
    turn(box, 'left', [frame(60)], 0);
    expect(sent('left')).toEqual(isSent ? [made] : []);
    expect(recorded.filter((length) => length === made.length)).toHaveLength(isSent ? 1 : 0);
    expect([box.oversized, box.lost]).toEqual([isSent ? 0 : 1, 0]);
  });
});

test('a frame that comes when one before it is due goes after that', () => {
  verdictOn = (mark) => (mark === 1 ? { kind: 'hold', until: 10 } : ACCEPT);
  const { box } = newBox();
  turn(box, 'left', [frame(60, 0x0800, 1)], 0);
  turn(box, 'left', [frame(60, 0x0800, 2)], 10.5);
  expect(marks('right')).toEqual([1, 2]);
});

test('a packet that the box makes goes no earlier than it may, and behind what is due with it', () => {
  const reset = { ...injection(frame(60, 0x0800, 3), 'along'), notBefore: 10 };
  const verdicts: Verdict[] = [{ kind: 'hold', until: 10 }, inject(reset), ACCEPT];
  verdictOn = () => verdicts.shift() as Verdict;
  const { box } = newBox();
  turn(box, 'left', [frame(60, 0x0800, 1)], 0);
  turn(box, 'left', [frame(60, 0x0800, 2)], 5);
  expect([marks('right'), box.deadline]).toEqual([[2], 10]);
  turn(box, 'left', [frame(60, 0x0800, 4)], 10);
  expect(marks('right')).toEqual([2, 1, 3, 4]);
});

test('a packet that the box makes goes at once by a clock that is not yet at 0', () => {
  verdictOn = () => inject(injection(frame(60, 0x0800, 3), 'along'));
  const { box } = newBox();
  turn(box, 'left', [frame(60, 0x0800, 1)], -5);
  expect(marks('right')).toEqual([1, 3]);
});

function newBox(): { box: Box; recorded: number[] } {
  const recorded: number[] = [];
  const recorder = {
    record: (_index: number, _out: boolean, _bytes: Uint8Array, at: number, end: number) =>
      void recorded.push(end - at),
  };
  const engine: Decider = { decide: (bytes, _at, end) => verdictOn(bytes[end - 1] as number) };
  const link = { delay: 0, jitter: 0, loss: 0 };
  const sides = { left: 'left', right: 'right', leftLink: link, rightLink: link };
  const options = { ...sides, seed: 0, engine, onDecision: () => undefined };
  const box = new Box(options, UNIX, 0, new Arena(BOX_LENGTH), recorder as unknown as Recorder);
  return { box, recorded };
}

/** The box takes what has come at one side. */
function turn(box: Box, side: 'left' | 'right', frames: readonly Uint8Array[], now: number): void {
  rings.get(side)?.arriving.push(...frames);
  box.look();
  box.turn(now);
}

function sent(side: 'left' | 'right'): Uint8Array[] {
  return rings.get(side)?.sent ?? [];
}

function frame(length: number, etherType = 0x0800, mark = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([etherType >>> 8, etherType & 0xff], 12);
  bytes[length - 1] = mark;
  return bytes;
}

function marks(side: 'left' | 'right'): (number | undefined)[] {
  return sent(side).map((bytes) => bytes.at(-1));
}

function injection(made: Uint8Array, way: Injection['way']): Injection {
  return { way, frame: made, delay: 0, what: { answer: '' } };
}

/** The packet passes, and another is sent. */
function inject(made: Injection): Verdict {
  const decision = {} as Decision;
  return { kind: 'inject', original: 'accept', until: undefined, packets: [made], decision };
}

const BOX_LENGTH = 2 ** 28;
