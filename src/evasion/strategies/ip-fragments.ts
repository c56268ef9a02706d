import { fragment } from '../geneva/run.ts';
import { onNamedPayload } from '../moments.ts';
import { copyPacket, transportOf } from '../packet.ts';
import { middleOfName } from '../request.ts';
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
    return fragment(copyPacket(packet), { size: Math.floor(at / 8) });
  }),
};
