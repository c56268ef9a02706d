import { udpFrame } from '../../support/datagrams.ts';
import { clientHello, clientHelloMessage, concat, hex, httpRequest } from '../../support/packets.ts';
import { clientDatagram, cryptoFrames } from '../../support/quic.ts';
import { clientSays, connection, handshake, later, type Step, step } from '../../support/talk.ts';
import { asked, random, SERVER_HELLO, tlsRequest } from './steps.ts';

const DCID = hex`83 94 c8 f0 3e 51 57 08`;
const HELLO = clientHelloMessage({ sni: 'blocked.test' });

/** What is looked for besides names in requests. */
export const OTHERS: Readonly<Record<string, readonly Step[]>> = {
  'gfw-on-path-sends-a-ramp-of-rsts': tlsRequest('blocked.test'),
  'gfw-residual-resets-the-host-pair-for-90-s': [
    ...tlsRequest('blocked.test'),
    ...after(60_000, tlsRequest('example.org', connection({ client: 40_001 }))),
    ...after(90_000, tlsRequest('example.org', connection({ client: 40_002 }))),
  ],
  'gfw-drops-a-flow-that-looks-fully-encrypted': encrypted(random(1, 200)),
  'gfw-passes-a-first-payload-that-begins-with-text': encrypted(
    concat(httpRequest({ host: 'x' }).slice(0, 6), random(1, 200)),
  ),

  'esni-is-dropped': asked(clientHello({ before: [[0xffce, 120]] }), connection(), SERVER_HELLO),
  'ech-is-dropped': asked(
    clientHello({ sni: 'public.test', after: [[0xfe0d, 120]] }),
    connection(),
    SERVER_HELLO,
  ),
  'client-hello-without-a-name-is-dropped': asked(clientHello({}), connection(), SERVER_HELLO),
  'client-hello-with-a-name-is-not-one-without': tlsRequest('example.org'),

  'quic-initial-with-a-blocked-name-is-dropped': quic(
    clientDatagram({ dcid: DCID, frames: cryptoFrames(HELLO) }),
  ),
  'quic-name-in-the-second-datagram-passes-who-reads-the-first': inTwoInitials(),
  'quic-name-in-the-second-datagram-is-put-together': inTwoInitials(),
  'quic-decoy-hides-the-next-connection-from-who-looks-at-ports': afterDecoy(),
  'quic-decoy-hides-nothing-from-who-looks-at-connection-ids': afterDecoy(),
};

function after(time: number, [first, ...rest]: readonly Step[]): Step[] {
  return first === undefined ? [] : [later(time, first), ...rest];
}

function encrypted(payload: Uint8Array): Step[] {
  const again = clientSays({ at: payload.length, payload: random(9, 100) });
  return [...handshake(), clientSays({ payload }), again];
}

function inTwoInitials(): Step[] {
  const frames = cryptoFrames(HELLO, 60);
  return quic(
    ...frames.map((frame, packetNumber) =>
      clientDatagram({ dcid: DCID, packetNumber, frames: [frame] }),
    ),
  );
}

/** As tools send it: a first Initial for another name, with a connection ID of its own. */
function afterDecoy(): Step[] {
  const decoy = clientHelloMessage({ sni: 'allowed.test' });
  return quic(
    clientDatagram({ dcid: hex`fa ce fa ce fa ce fa ce`, frames: cryptoFrames(decoy) }),
    clientDatagram({ dcid: DCID, frames: cryptoFrames(HELLO) }),
  );
}

function quic(...payloads: readonly Uint8Array[]): Step[] {
  const ends = { src: '10.0.0.1', srcPort: 50_000, dst: '198.18.0.80', dstPort: 443 };
  return payloads.map((payload) => step(udpFrame({ ...ends, payload })));
}
