import { onNamedPayload } from '../moments.ts';
import { decoyNameFor, findName } from '../request.ts';
import { cut, part } from '../segments.ts';
import { bytes, decoyBytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { tricked, wrongChecksum } from '../tricks.ts';

export const fakedHostSplit: Strategy = {
  id: 'faked-host-split',
  number: 'B12',
  class: 'decoy',
  does: 'Four segments, cut before, inside and behind the name, of which other names with a wrong checksum come before and after.',
  source: 'zapret hostfakesplit with midhost',
  rewriter: onNamedPayload((packet, facts) => {
    const { name } = facts;
    const at = findName(packet.payload, name);
    const middle = at + Math.floor(name.length / 2);
    const fake = (): ReturnType<typeof part> =>
      tricked(part(packet, at, Buffer.from(decoyNameFor(name), 'latin1')), facts, wrongChecksum);
    const nameEnd = at + name.length;
    let end = 0;
    return cut(packet, at, middle, nameEnd).flatMap((real) => {
      const before = end === at ? [fake()] : [];
      end += real.payload.length;
      return [...before, real, ...(end === nameEnd ? [fake()] : [])];
    });
  }),
  shape: sends(
    bytes(0, 'name'),
    decoyBytes('name', 'name-end', { checksum: 'wrong' }),
    bytes('name', 'inside'),
    bytes('inside', 'name-end'),
    decoyBytes('name', 'name-end', { checksum: 'wrong' }),
    bytes('name-end', 'end'),
  ),
};
