import { concat, type Segment, tcpFrame } from '../support/packets.ts';
import { Random } from '../support/random.ts';
import { endsOf, TO_CLIENT, TO_SERVER } from './corpus.ts';
import { Mutator } from './mutate.ts';
import type { Round } from './round.ts';
import { everyPolicy, Subject } from './subject.ts';

/** Sessions that were whole once, cut and mixed up; each through one engine, several of them at a time. */
export const streams: Round = {
  name: 'streams',
  size: 2000,
  play(seed, round, size, onFrame) {
    const random = new Random(seed, round, 1);
    const subjects = everyPolicy(round, random.pick([8, 256])).map(
      ({ name, policy }) => new Subject(name, policy, random.pick([16, 256, 4096]) * 1024),
    );
    let now = 0;
    const active = subjects.map((): Uint8Array[][] => []);
    for (let begun = 0; begun < size; begun++) {
      const i = begun % subjects.length;
      const subject = subjects[i] as Subject;
      const sessions = active[i] as Uint8Array[][];
      sessions.push(session(random, begun));
      while (sessions.length > (begun + subjects.length < size ? 4 : 0)) {
        now += random.next();
        const at = random.below(sessions.length);
        const frame = sessions[at]?.pop();
        if (frame === undefined) sessions.splice(at, 1);
        else {
          onFrame(subject, frame, now);
          subject.take(frame, now);
        }
      }
    }
    for (const subject of subjects) subject.finish(now);
    return subjects;
  },
};

/** The frames of one session, the last first. */
function session(random: Random, count: number): Uint8Array[] {
  const mutator = new Mutator(random);
  const { along, back } = random.pick(ENDS);
  const isns = [random.below(2 ** 32), random.below(2 ** 32)] as const;
  const from = (isClient: boolean) => ({
    ...(isClient ? along : back),
    ...(isClient ? { srcPort: 10_000 + count } : { dstPort: 10_000 + count }),
  });
  const asked = concat(
    ...Array.from({ length: 1 + random.below(3) }, () => said(random, mutator, TO_SERVER)),
  );
  const answered = concat(
    ...Array.from({ length: random.below(3) }, () => said(random, mutator, TO_CLIENT)),
  );
  let segments: Segment[] = [
    { ...from(true), seq: isns[0], ack: 0, flags: 'S' },
    { ...from(false), seq: isns[1], ack: isns[0] + 1, flags: 'SA' },
    { ...from(true), seq: isns[0] + 1, ack: isns[1] + 1, flags: 'A' },
    ...cut(random, asked, { ...from(true), seq: isns[0] + 1, ack: isns[1] + 1, flags: 'PA' }),
    ...cut(random, answered, {
      ...from(false),
      seq: isns[1] + 1,
      ack: isns[0] + 1 + asked.length,
      flags: 'A',
    }),
    {
      ...from(true),
      seq: isns[0] + 1 + asked.length,
      ack: isns[1] + 1 + answered.length,
      flags: 'FA',
    },
    {
      ...from(false),
      seq: isns[1] + 1 + answered.length,
      ack: isns[0] + 2 + asked.length,
      flags: 'FA',
    },
  ];
  for (let left = random.below(6); left > 0; left--) segments = disturbed(random, segments);
  return segments.map((segment) => mutator.decoy(tcpFrame(segment))).reverse();
}

function said(random: Random, mutator: Mutator, from: readonly Uint8Array[]): Uint8Array {
  const bytes = mutator.bytes(random.pick(from));
  // Records in the middle of records, requests in requests: what a reader does not expect.
  if (random.chance(0.1))
    return concat(bytes.slice(0, random.below(bytes.length)), random.pick(from));
  return random.chance(0.1) ? splitRecord(random, bytes) : bytes;
}

/** A TLS record as two or more, some of them empty. */
function splitRecord(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 22 || bytes.length < 6) return bytes;
  const parts: Uint8Array[] = [];
  for (let at = 5; at < bytes.length; ) {
    const length = random.below(3) === 0 ? random.below(2) : random.below(200);
    const end = Math.min(bytes.length, at + length);
    parts.push(Uint8Array.of(22, 3, 3, (end - at) >>> 8, end - at), bytes.slice(at, end));
    at = end;
  }
  return concat(...parts);
}

/** In segments of one size, of any size, or of a few bytes. */
function cut(random: Random, bytes: Uint8Array, first: Segment): Segment[] {
  const longest = random.pick([1, 8, 100, 100, 536, 1460, 1460, 1460]);
  const segments: Segment[] = [];
  // Byte by byte, only the beginning: the rest would be as many again.
  const end = longest === 1 ? Math.min(bytes.length, 200) : bytes.length;
  for (let at = 0; at < end; ) {
    const length = random.chance(0.3) ? 1 + random.below(longest) : longest;
    const payload = bytes.slice(at, Math.min(end, at + length));
    segments.push({ ...first, seq: first.seq + at, payload });
    at += length;
  }
  return segments;
}

function disturbed(random: Random, segments: readonly Segment[]): Segment[] {
  const at = random.below(segments.length);
  const one = segments[at] as Segment;
  const near = random.below(segments.length);
  const without = segments.toSpliced(at, 1);
  switch (random.below(9)) {
    case 0:
      return without;
    case 1:
      return without.toSpliced(Math.min(near, at + 3), 0, one);
    case 2:
      return without.toSpliced(near, 0, one);
    case 3:
      return segments.toSpliced(near, 0, one);
    case 4:
      return segments.toSpliced(near, 0, {
        ...one,
        flags: random.pick(['R', 'RA', 'F', 'FA', 'S', 'SA', 'FSRPAU', '', 'UPA']),
      });
    case 5:
      return segments.toSpliced(at, 0, overlapping(random, one));
    case 6:
      return segments.toSpliced(at, 0, { ...one, payload: random.bytes(random.below(1400)) });
    case 7:
      return segments.toSpliced(at, 0, {
        ...one,
        ttl: 1 + random.below(3),
        payload: random.bytes(20),
      });
    default:
      return segments.toSpliced(at, 0, {
        ...one,
        seq: random.below(2 ** 32),
        flags: random.pick(['S', 'A', 'R']),
      });
  }
}

/** Another copy that begins before or after, and says something else. */
function overlapping(random: Random, segment: Segment): Segment {
  const shift = random.below(40) - 20;
  const payload = Uint8Array.from(segment.payload ?? [], (byte) =>
    random.chance(0.1) ? byte ^ 1 : byte,
  );
  return {
    ...segment,
    seq: segment.seq + shift,
    payload: concat(payload, random.bytes(random.below(30))),
  };
}

const ENDS = endsOf(12);
