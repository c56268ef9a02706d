import { clientHello, httpRequest } from '../../support/packets.ts';
import {
  clientSays,
  connection,
  handshake,
  later,
  type Step,
  serverSays,
} from '../../support/talk.ts';
import { OK, SERVER_HELLO, said, sentAgain, tlsRequest, webRequest } from './steps.ts';

const FIRST = httpRequest({ host: 'example.org' });
const SECOND = httpRequest({ host: 'meydan.tv' });
const HELLO = clientHello({ sni: 'www.tiktok.com' });
const WEB = connection({ server: 80 });
/** A client abroad, and a server in the network behind the box. */
const INCOMING = {
  client: { address: '203.0.113.7', port: 40_000, isn: 1000 },
  server: { address: '10.0.0.80', port: 443, isn: 2000 },
};
const SPLIT_AT = SECOND.length - 10;

export const AZERBAIJAN: Readonly<Record<string, readonly Step[]>> = {
  'az-2017-resets-a-request-for-a-blocked-host': webRequest('meydan.tv'),
  'az-2017-resets-a-request-for-a-subdomain': webRequest('www.azadliq.info'),
  'az-2017-resets-a-host-with-a-trailing-dot': webRequest('meydan.tv.'),
  'az-2017-resets-a-client-hello': tlsRequest('azadliq.org'),
  'az-2017-resets-a-client-hello-on-port-8443': tlsRequest('meydan.tv', connection({ server: 8443 })),
  'az-2017-resets-a-connection-that-comes-in': tlsRequest('meydan.tv', INCOMING),
  'az-2017-resets-the-second-request-of-a-connection': [
    ...handshake(WEB),
    ...said(FIRST, WEB),
    later(50, clientSays({ at: FIRST.length, payload: SECOND, ackAt: OK.length }, WEB)),
    serverSays({ at: OK.length, payload: OK, ackAt: FIRST.length + SECOND.length }, WEB),
  ],
  'az-2017-passes-a-name-that-only-looks-like-it': webRequest('notmeydan.tv'),
  'az-2017-passes-another-name': tlsRequest('example.org'),
  'az-2017-in-packets-passes-a-name-in-two-segments': inTwo(),
  'az-2017-in-order-catches-a-name-in-two-segments': inTwo(),
  'az-2019-resets-http': webRequest('gununsesi.org'),
  'az-2019-silences-tls': tlsRequest('gununsesi.org'),
  'az-2022-silences-both-ways-after-the-client-hello': [
    ...handshake(),
    ...said(HELLO, connection(), SERVER_HELLO),
    ...sentAgain(HELLO),
  ],
  'az-2022-passes-another-name-at-the-same-address': tlsRequest('example.org'),
  'az-2022-lets-a-new-connection-through': [
    ...tlsRequest('www.tiktok.com'),
    ...tlsRequest('example.org', connection({ client: 40_001 })).map((each, i) =>
      i === 0 ? later(5000, each) : each,
    ),
  ],
};

function inTwo(): Step[] {
  return [
    ...handshake(WEB),
    clientSays({ payload: SECOND.slice(0, SPLIT_AT) }, WEB),
    clientSays({ at: SPLIT_AT, payload: SECOND.slice(SPLIT_AT) }, WEB),
    later(20, serverSays({ payload: OK, ackAt: SECOND.length }, WEB)),
  ];
}
