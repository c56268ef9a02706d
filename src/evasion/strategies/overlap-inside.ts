import { onNamedPayload } from '../moments.ts';
import { concat } from '../packet.ts';
import { findName, middleOfName } from '../request.ts';
import { cut, part } from '../segments.ts';
import { bytes, bytesBehind, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const overlapInside: Strategy = {
  id: 'overlap-inside',
  number: 'B14',
  class: 'decoy',
  does: 'The second half first, behind garbage in the place of the half of the name that is still to come.',
  needs: 'A server to which bytes in order count for more than those that waited, as to Linux.',
  source: 'zapret multidisorder with seqovl',
  rewriter: onNamedPayload((packet, { name }) => {
    const middle = middleOfName(packet.payload, name);
    const nameAt = findName(packet.payload, name);
    const [first, second] = cut(packet, middle);
    if (first === undefined || second === undefined) return [packet];
    const garbage = new Uint8Array(middle - nameAt);
    return [part(packet, nameAt, concat(garbage, second.payload)), first];
  }),
  shape: sends(bytesBehind(['name', 'inside'], 'end'), bytes(0, 'inside')),
};
