import { pcapFile } from '../../support/capture.ts';
import { ascii, clientHello, httpRequest } from '../../support/packets.ts';
import {
  type Connection,
  clientSays,
  connection,
  handshake,
  later,
  type Step,
  serverSays,
  step,
} from '../../support/talk.ts';
import { record, serverHelloMessage } from '../../support/tls.ts';

/** A capture of these frames, from a fixed moment on. */
export function captureOf(steps: readonly Step[]): Uint8Array {
  let ticks = BEGIN;
  const packets = steps.map(({ frame, after }, i) => {
    if (i > 0) ticks += BigInt(Math.round(after * 1000));
    return { bytes: frame, ticks };
  });
  return pcapFile({}, packets);
}

/** Handshake, what the client asks, and what it is answered: a conversation that nobody disturbs. */
export function asked(question: Uint8Array, of = connection(), answer: Uint8Array = OK): Step[] {
  return [...handshake(of), ...said(question, of, answer)];
}

/** The same, without the handshake. */
export function said(question: Uint8Array, of = connection(), answer: Uint8Array = OK): Step[] {
  return [
    clientSays({ payload: question }, of),
    later(20, serverSays({ payload: answer, ackAt: question.length }, of)),
  ];
}

/** A name asked for in HTTP on port 80. */
export function webRequest(host: string): Step[] {
  return asked(httpRequest({ host }), connection({ server: 80 }));
}

/** A name asked for in TLS. */
export function tlsRequest(sni: string, of: Connection = connection()): Step[] {
  return asked(clientHello({ sni }), of, SERVER_HELLO);
}

/** As a client whose timer runs out sends it, twice. */
export function sentAgain(payload: Uint8Array, of = connection()): Step[] {
  return [300, 600].map((after) => later(after, clientSays({ payload }, of)));
}

/** With an IEEE 802.1Q tag. */
export function tagged({ frame, after }: Step): Step {
  const bytes = Uint8Array.from([...frame.slice(0, 12), 0x81, 0x00, 0x00, 0x2a, ...frame.slice(12)]);
  return later(after, step(bytes));
}

/** Bytes that follow from a number and look like chance (xorshift). */
export function random(seed: number, length: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

export const OK = ascii('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
export const SERVER_HELLO = record(22, serverHelloMessage());
/** 2020-01-01T00:00:00Z, in µs. */
const BEGIN = 1_577_836_800_000_000n;
