import { concat } from '../packet.ts';
import { odditiesOf, textOf } from './oddities.ts';
import { type ClientRequest, isOfRequest, isSaid, type Sent } from './request.ts';

/** What of a request a strategy may have acted upon. */
export interface Stretch {
  readonly from: number;
  readonly end: number;
  readonly sent: readonly Sent[];
}

/**
 * A request that is too long for one packet is cut by the kernel, and strategies act upon one of its packets: either the whole, in which the
 * kernel's cuts are mended, or the packet with the name alone.
 */
export function stretchesOf(request: ClientRequest): Stretch[] {
  const { sent, said } = request;
  const whole = { from: 0, end: said.length, sent: mended(request) };
  const named = packetWithName(request);
  const isAround = (one: Sent): boolean => one.to <= named.from || one.from >= named.end;
  return [
    whole,
    { ...named, sent: sent.filter((one) => !isAround(one) || !isKernels(one, request)) },
  ];
}

function packetWithName({ said, nameAt, fullLength }: ClientRequest): Omit<Stretch, 'sent'> {
  const from = Math.floor(Math.max(nameAt, 0) / fullLength) * fullLength;
  return { from, end: Math.min(from + fullLength, said.length) };
}

/** As the kernel sends one packet of a long request. */
function isKernels(one: Sent, request: ClientRequest): boolean {
  const { said, fullLength } = request;
  const end = Math.min(one.from + fullLength, said.length);
  return one.from % fullLength === 0 && one.to === end && isPlain(one, request);
}

function isPlain(one: Sent, request: ClientRequest): boolean {
  return isOfRequest(one, request.said) && textOf(odditiesOf(one, one, request)) === '';
}

function mended(request: ClientRequest): Sent[] {
  return joinedWhere((one) => beginsAsKernelsDo(one, request), request.sent, request);
}

/** The same packets; those from that place on that follow one another are one. */
export function joinedFrom(
  place: number,
  sent: readonly Sent[],
  request: ClientRequest,
): readonly Sent[] {
  return [...sent.slice(0, place), ...joinedWhere(() => true, sent.slice(place), request)];
}

/** What is plain, and begins where the one before it ends. */
function joinedWhere(
  mayJoin: (one: Sent) => boolean,
  sent: readonly Sent[],
  request: ClientRequest,
): Sent[] {
  const made: Sent[] = [];
  for (const one of sent) {
    const before = made.at(-1);
    const follows = before !== undefined && isSaid(before) && one.from === before.to;
    if (follows && isPlain(one, request) && mayJoin(one))
      made[made.length - 1] = joined(before, one);
    else made.push(one);
  }
  return made;
}

/** Behind full segments, or, where something else was cut, behind one. */
function beginsAsKernelsDo({ from }: Sent, { sent, fullLength }: ClientRequest): boolean {
  return (
    from % fullLength === 0 ||
    sent.some((one) => one.to === from && one.to - one.from === fullLength)
  );
}

function joined(first: Sent, second: Sent): Sent {
  const payload = concat(first.packet.payload, second.packet.payload);
  return { ...first, packet: { ...first.packet, payload }, to: second.to };
}
