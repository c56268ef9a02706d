import { clientHello, httpRequest } from '../../support/packets.ts';
import { clientSays, connection, handshake, later, type Step, syn } from '../../support/talk.ts';
import { asked, random, tlsRequest, webRequest } from './steps.ts';

const WEB = connection({ server: 80 });
const DIRECTORY = { address: '86.59.30.36', port: 443, isn: 2000 };
const { client } = connection();

export const IRAN: Readonly<Record<string, readonly Step[]>> = {
  'ir-2012-drops-the-beginning-of-a-tls-handshake': tlsRequest('example.org'),
  'ir-2012-drops-a-syn-to-one-address-and-port': [
    syn({ client, server: DIRECTORY }),
    later(1000, syn({ client, server: DIRECTORY })),
  ],
  'ir-2012-passes-another-port-of-that-address': asked(httpRequest({ host: 'example.org' }), {
    client,
    server: { ...DIRECTORY, port: 80 },
  }),
  'ir-2012-resets-a-search-for-a-keyword': search('/search?q=tor+download'),
  'ir-2012-answers-a-search-for-a-keyword-with-403': search('/search?q=tor+download'),
  'ir-2012-passes-a-word-that-contains-the-keyword': search('/search?q=history'),
  'ir-2020-silences-an-unknown-protocol-on-port-80-for-60-s': unknown(80, 59_000),
  'ir-2020-lets-the-client-speak-again-after-60-s': unknown(80, 60_000),
  'ir-2020-passes-an-unknown-protocol-on-port-8080': unknown(8080, 1000),
  'ir-2020-passes-tls-on-port-53': asked(
    clientHello({ sni: 'example.org' }),
    connection({ server: 53 }),
  ),
  'ir-2020-passes-http-on-port-80': webRequest('example.org'),
};

function search(target: string): Step[] {
  return asked(httpRequest({ host: 'search.example', target }), WEB);
}

/** The client's second payload comes at once, its third after a while. */
function unknown(port: number, after: number): Step[] {
  const of = connection({ server: port });
  const says = (at: number): Step => clientSays({ at, payload: random(at + 1, 50) }, of);
  return [...handshake(of), says(0), says(50), later(after, says(100))];
}
