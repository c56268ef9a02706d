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
    const header = transportOf(packet).length - packet.payload.length;
    const at = header + middleOfName(packet.payload, name);
    // Fragments end at multiples of eight; the nearest to the middle is inside a name of nine letters or more.
    return fragment(copyPacket(packet), { size: Math.round(at / 8) });
  }),
  shape: sends(fragmented('inside')),
};
