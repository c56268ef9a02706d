import { fragment } from '../geneva/run.ts';
import { onNamedPayload } from '../moments.ts';
import { copyPacket, transportOf } from '../packet.ts';
import { middleOfName } from '../request.ts';
import { fragmented, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const ipFragments: Strategy = {
  id: 'ip-fragments',
  number: 'F1',
  class: 'ip-and-dns',
  does: 'The request in two fragments of IP, cut inside the name.',
  needs: 'Routers that pass fragments on.',
  ip: 4,
  source: 'zapret ipfrag2; CenDPI',
  geneva: '[TCP:flags:PA]-fragment{ip:-1:True}-| \\/',
  rewriter: onNamedPayload((packet, { name }) => {
    const { length } = transportOf(packet);
    const at = length - packet.payload.length + middleOfName(packet.payload, name);
    // Fragments end at multiples of eight; the nearest to the middle is inside a name of nine letters or more.
    const last = Math.ceil(length / 8) - 1;
    return fragment(copyPacket(packet), { size: Math.min(Math.round(at / 8), last) });
  }),
  shape: sends(fragmented('inside')),
};
