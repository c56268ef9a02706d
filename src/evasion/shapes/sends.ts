import type { Millis } from '../../base/units.ts';
import type { Shape } from '../shape.ts';
import { described, isAsClaimed, sentText } from './matching.ts';
import { type Claims, textOf } from './oddities.ts';
import type { Part, Place } from './part.ts';
import { isSaid, requestOn } from './request.ts';
import { stretchesOf } from './stretch.ts';

/** Of the request. */
export function bytes(from: Place, to: Place, claims: Claims = {}): Part {
  return { is: 'request', from, to, claims };
}

/** The first ones of the request, each in a packet. */
export function oneByOne(count: number): Part[] {
  return Array.from({ length: count }, (_, i) => bytes(i, i + 1));
}

/** All that is left of the request, as the kernel may cut it. */
export function rest(from: Place): Part {
  return { ...bytes(from, 'end'), mayBeCut: true };
}

/** Of the request, behind others. */
export function bytesBehind(garbage: readonly [from: Place, to: Place], to: Place): Part {
  return { is: 'request', from: garbage[0], garbageTo: garbage[1], to, claims: {} };
}

/** The request for another name. */
export function wholeDecoy(claims: Claims): Part {
  return { is: 'decoy', claims };
}

/** A piece of it in its place. */
export function decoyBytes(from: Place, to: Place, claims: Claims): Part {
  return { is: 'decoy', from, to, claims };
}

export function empty(claims: Claims): Part {
  return { is: 'empty', claims };
}

/** No more than the first bytes of the packet that follows. */
export function beginning(claims: Claims): Part {
  return { is: 'beginning', claims };
}

/** All of the packet, in two fragments of IP that are cut there. */
export function fragmented(at: Place): Part {
  return { ...bytes(0, 'end', { fragments: 2 }), fragmentedAt: at };
}

export function after(pause: Millis, part: Part): Part {
  return { ...part, after: pause };
}

export const WHOLE = bytes(0, 'end');

/** These packets, and no others, in this order; the kernel may have sent more of the request around them. */
export function sends(...parts: readonly Part[]): Shape {
  return (wire, facts) => {
    const request = requestOn(wire, facts);
    if (request === undefined) return 'a handshake of TCP';
    if (facts.name !== '' && request.nameAt < 0) return 'the name in the request';
    const stretches = stretchesOf(request);
    if (stretches.some((stretch) => isAsClaimed(parts, { stretch, request, facts })))
      return undefined;
    const seen = request.sent.map((one) => sentText(one, request));
    return `${parts.map(partText).join(', ')}; there is ${seen.join(', ')}`;
  };
}

/** No packet has all of the name. */
export const nameInNoPacket: Shape = (wire, facts) => {
  const request = requestOn(wire, facts);
  const hasName = request?.sent.some(
    (one) => isSaid(one) && one.from <= request.nameAt && one.to >= request.nameEnd,
  );
  return hasName === false && request !== undefined && request.nameAt >= 0
    ? undefined
    : 'a name in no packet alone';
};

function partText({ is, from, to, claims, after: pause }: Part): string {
  const range = from === undefined ? is : `${is === 'decoy' ? 'decoy ' : ''}${from}–${to}`;
  return described(range, textOf(claims), pause === undefined ? '' : `after ${pause} ms`);
}
