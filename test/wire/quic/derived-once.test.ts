import { expect, test, vi } from 'vitest';
import * as keys from '../../../src/wire/quic/initial-keys.ts';
import { QuicInitials } from '../../../src/wire/quic/initials.ts';
import { clientHelloMessage, concat, hex } from '../../support/packets.ts';
import { cryptoFrame, initialPacket } from '../../support/quic.ts';

vi.mock('../../../src/wire/quic/initial-keys.ts', { spy: true });

test('keys are derived once for all packets of a datagram, though they open none', () => {
  const frames = [cryptoFrame(0, clientHelloMessage({ sni: 'a.test' }))];
  const dcid = hex`83 94 c8 f0 3e 51 57 08`;
  const strange = initialPacket({ dcid, keysFrom: hex`01 02 03 04 05 06 07 08`, frames });
  const datagram = concat(strange, strange, strange, initialPacket({ dcid, frames }));
  const initials = new QuicInitials({ limit: 4096, most: 8, mostUnreadable: 16 });
  const derived = vi.mocked(keys.deriveInitialKeys);
  derived.mockClear();
  expect(initials.take(datagram, 0, datagram.length, 'client')).toBe(true);
  expect(derived).toHaveBeenCalledTimes(1);
});
