import { ascii, clientHello, concat, hex } from '../../support/packets.ts';
import { clientSays, handshake, later, type Step, serverSays } from '../../support/talk.ts';
import { handshake as message, serverHelloMessage, vector } from '../../support/tls.ts';
import { random } from './steps.ts';

/** TLS_DHE_RSA_WITH_AES_256_CBC_SHA and its sibling with 128 bits. */
const [AES_256, AES_128] = [0x0039, 0x0033];
const HELLO = clientHello({ sni: 'www.tuv4wx5yz6.com' });
const KEY_EXCHANGE = concat(hex`16 03 01 00 86`, message(16, vector(2, random(7, 128))));

export const TOR: Readonly<Record<string, readonly Step[]>> = {
  'kz-2012-drops-the-key-exchange-after-a-tor-server-flight': session(AES_256),
  'kz-2012-passes-the-flight-with-another-cipher': session(AES_128),
  'kz-2012-passes-bytes-that-look-like-chance': [
    ...handshake(),
    clientSays({ payload: random(1, 300) }),
    later(20, serverSays({ payload: random(2, 400), ackAt: 300 })),
    clientSays({ at: 300, payload: random(3, 100), ackAt: 400 }),
  ],
  'et-2012-drops-the-tor-server-flight': session(AES_256),
  'et-2012-passes-the-flight-with-another-cipher': session(AES_128),
  'et-2012-needs-no-session-to-drop-the-flight': [serverSays({ payload: flight(AES_256) })],
};

function session(cipher: number): Step[] {
  const answer = flight(cipher);
  return [
    ...handshake(),
    clientSays({ payload: HELLO }),
    later(20, serverSays({ payload: answer, ackAt: HELLO.length })),
    clientSays({ at: HELLO.length, payload: KEY_EXCHANGE, ackAt: answer.length }),
    later(300, clientSays({ at: HELLO.length, payload: KEY_EXCHANGE, ackAt: answer.length })),
  ];
}

/** ServerHello, Certificate, ServerKeyExchange and ServerHelloDone in one record of TLS 1.0, as relays of 2012 sent them. */
function flight(cipher: number): Uint8Array {
  const hello = serverHelloMessage({
    version: 0x0301,
    cipher,
    extensions: [[0xff01, hex`00`]],
  });
  const certificates = message(11, vector(3, vector(3, certificate())));
  const messages = concat(hello, certificates, message(12, random(5, 393)), message(14, hex``));
  return concat(hex`16 03 01`, vector(2, messages));
}

/** With the kind of name that relays gave themselves; its key and its signature are no more than bytes. */
function certificate(): Uint8Array {
  const algorithm = der(0x30, hex`06 09 2a 86 48 86 f7 0d 01 01 05 05 00`);
  const validity = der(
    0x30,
    concat(der(0x17, ascii('120101000000Z')), der(0x17, ascii('130101000000Z'))),
  );
  const key = der(0x30, concat(algorithm, der(0x03, concat(hex`00`, random(11, 140)))));
  const body = concat(
    hex`02 01 07`,
    algorithm,
    name('www.abcdefgh2345.com'),
    validity,
    name('www.ijklmnop6723.net'),
    key,
  );
  return der(0x30, concat(der(0x30, body), algorithm, der(0x03, concat(hex`00`, random(13, 128)))));
}

function name(text: string): Uint8Array {
  const attribute = concat(hex`06 03 55 04 03`, der(0x0c, ascii(text)));
  return der(0x30, der(0x31, der(0x30, attribute)));
}

function der(tag: number, contents: Uint8Array): Uint8Array {
  const { length } = contents;
  const size = length < 128 ? [length] : [0x82, length >>> 8, length & 0xff];
  return concat(Uint8Array.of(tag, ...size), contents);
}
