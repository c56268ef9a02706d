import type { Millis } from '../../base/units.ts';
import { decoyNameFor, decoyOf } from '../request.ts';
import type { ShapeFacts } from '../shape.ts';
import { areClaimed, odditiesOf, textOf } from './oddities.ts';
import type { Part, Place } from './part.ts';
import { type ClientRequest, isOfRequest, type Sent } from './request.ts';
import { joinedFrom, type Stretch } from './stretch.ts';

export interface Seen {
  readonly stretch: Stretch;
  readonly request: ClientRequest;
  readonly facts: ShapeFacts;
}

interface Placed extends Seen {
  readonly isAt: (place: Place, at: number) => boolean;
}

/** Packet by packet. */
export function isAsClaimed(parts: readonly Part[], seen: Seen): boolean {
  const { request, stretch } = seen;
  const isRest = parts.at(-1)?.mayBeCut === true;
  const sent = isRest ? joinedFrom(parts.length - 1, stretch.sent, request) : stretch.sent;
  if (sent.length !== parts.length) return false;
  const pairs = parts.map((part, i) => ({ part, one: sent[i] as Sent }));
  const placed = { ...seen, isAt: placesOf(seen) };
  // What is inside the name is found by where packets begin and end, before it is looked for in one of them.
  return (
    pairs.every(({ part, one }) => isInPlace(part, one, placed)) &&
    pairs.every(({ part, one }, i) => {
      const before = sent[i - 1]?.time ?? request.openedAt;
      const isLate = one.time - before >= (part.after ?? 0) - EARLY;
      return isLate && hasContents(part, one, placed) && hasOddities(part, one, seen);
    })
  );
}

function isInPlace({ from, to, fragmentedAt }: Part, one: Sent, { isAt }: Placed) {
  if (from !== undefined && !isAt(from, one.from)) return false;
  if (to !== undefined && !isAt(to, one.to)) return false;
  return fragmentedAt === undefined || one.fragmentEnds.every((end) => isAt(fragmentedAt, end));
}

/** Remembers where inside the name it was. */
function placesOf({ stretch, request }: Seen): Placed['isAt'] {
  const { nameAt, nameEnd } = request;
  let inside: number | undefined;
  return (place, at) => {
    switch (place) {
      case 'name':
        return at === nameAt;
      case 'name-end':
        return at === nameEnd;
      case 'inside':
        inside ??= at > nameAt && at < nameEnd ? at : undefined;
        return inside === at;
      case 'middle':
        return at === Math.floor((stretch.from + stretch.end) / 2);
      case 'end':
        return at === stretch.end;
      default:
        return at === stretch.from + place;
    }
  };
}

function hasContents(part: Part, one: Sent, { request, facts, stretch, isAt }: Placed) {
  const { payload } = one.packet;
  const { said } = request;
  switch (part.is) {
    case 'empty':
      return payload.length === 0;
    case 'beginning': {
      const isShorter = one.to < stretch.end && payload.length > 0;
      return isShorter && sameBytes(payload, said.slice(one.from, one.to));
    }
    case 'decoy': {
      const all = Buffer.from(decoyOf(said, facts.name)).toString('latin1');
      const text = Buffer.from(payload).toString('latin1');
      if (part.from !== undefined) return text === all.slice(one.from, one.to);
      return all.includes(text) && text.includes(decoyNameFor(facts.name));
    }
    case 'request': {
      const { garbageTo } = part;
      if (garbageTo === undefined) return sameBytes(payload, said.slice(one.from, one.to));
      const rest = payload.findIndex((_, i) => isAt(garbageTo, one.from + i));
      if (rest <= 0) return false;
      const from = one.from + rest;
      const isOther = !sameBytes(payload.slice(0, rest), said.slice(Math.max(one.from, 0), from));
      return isOther && sameBytes(payload.slice(rest), said.slice(from, one.to));
    }
  }
}

function hasOddities(part: Part, one: Sent, { request, facts }: Seen): boolean {
  const { seq, ...others } = odditiesOf(one, besideOf(one, request), request);
  // Where a part says which bytes it has, it says where.
  const oddities = part.from === undefined && seq !== undefined ? { ...others, seq } : others;
  return areClaimed(oddities, part.claims, facts.dyingTtl);
}

/** Itself, if it is of the request; what follows it of the request, or else what went before. */
function besideOf(one: Sent, { sent, said }: ClientRequest): Sent {
  const isRight = (other: Sent): boolean => isOfRequest(other, said);
  if (isRight(one)) return one;
  const at = sent.indexOf(one);
  return sent.slice(at).find(isRight) ?? sent.slice(0, at).findLast(isRight) ?? one;
}

function sameBytes(some: Uint8Array, others: Uint8Array): boolean {
  return Buffer.compare(some, others) === 0;
}

/** For people: `0–117 (checksum wrong)`. */
export function sentText(one: Sent, request: ClientRequest): string {
  const { seq: _, ...odd } = odditiesOf(one, besideOf(one, request), request);
  return described(`${one.from}–${one.to}`, textOf(odd));
}

export function described(what: string, ...details: readonly string[]): string {
  const said = details.filter((one) => one !== '').join(', ');
  return said === '' ? what : `${what} (${said})`;
}

/** By which a timer may be early, or the clock of a capture off. */
const EARLY: Millis = 10;
