import { formatAddress } from '../../base/address.ts';
import { u16 } from '../../base/bytes.ts';
import { counted } from '../../base/counted.ts';
import type { Packet } from '../packet.ts';
import type { Shape, ShapeFacts, WirePacket } from '../shape.ts';
import { spellingOf } from './request.ts';

/** One datagram to a resolver asks for the name, and says that so many answers come with it. */
export function question(answers: number): Shape {
  return (wire, facts) =>
    questionsOn(wire, facts).some(({ payload }) => u16(payload, ANSWERS_AT) === answers)
      ? undefined
      : `a question for the name that counts ${counted(answers, 'answer')}`;
}

/** The name has small letters and capitals, as it is spelt. */
export const mixedCase: Shape = (wire, facts) => {
  const isMixed = /[a-z]/.test(facts.name) && /[A-Z]/.test(facts.name);
  return isMixed && questionsOn(wire, facts).length > 0 ? undefined : 'a name in both cases';
};

export const askedElsewhere: Shape = (wire, facts) => {
  const resolvers = questionsOn(wire, facts).map(({ ip: { dst } }) =>
    formatAddress(dst, 0, dst.length === 4 ? 4 : 6),
  );
  return resolvers.some((resolver) => resolver !== facts.ownResolver)
    ? undefined
    : 'a question to a resolver that is not the provider’s';
};

/** What the client took is not to be seen, but that it had to: another answer came, or it asked again. */
export const notContentWithFirst: Shape = (wire, facts) => {
  const firstAt = wire.findIndex(({ way, packet }) => way === 'in' && packet.udp !== undefined);
  if (firstAt < 0) return 'an answer to throw away';
  const later = wire.slice(firstAt + 1);
  const hasMore = later.some(({ way, packet }) => way === 'in' && packet.udp !== undefined);
  return hasMore || questionsOn(later, facts).length > 0
    ? undefined
    : 'a second answer, or a second question';
};

function questionsOn(wire: readonly WirePacket[], facts: ShapeFacts): Packet[] {
  const name = spellingOf(facts);
  return wire
    .filter(({ way, packet: { udp } }) => way === 'out' && udp?.dstPort === DNS)
    .map(({ packet }) => packet)
    .filter(({ payload }) => Buffer.from(payload).toString('latin1').includes(name));
}

const DNS = 53;
/** RFC 1035 §4.1.1. */
const ANSWERS_AT = 6;
