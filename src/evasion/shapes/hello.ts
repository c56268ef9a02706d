import { u8, u16 } from '../../base/bytes.ts';
import { counted } from '../../base/counted.ts';
import { ClientHello } from '../../wire/tls/client-hello.ts';
import { CONTENT_HANDSHAKE, RECORD_HEADER } from '../../wire/tls/numbers.ts';
import { HandshakeRecords } from '../../wire/tls/records.ts';
import type { Shape } from '../shape.ts';
import { type ClientRequest, requestOn } from './request.ts';

/** One record of TLS, with a name. */
export const plainHello: Shape = ofHello(
  'a ClientHello with a name in one record',
  ({ hello, recordsAt }) => hello.sniAt >= 0 && recordsAt.length === 1,
);

/** The first holds so many bytes. */
export function twoRecords(length: number): Shape {
  return ofHello(
    `a second record behind ${counted(length, 'byte')} of the first`,
    ({ recordsAt }) => recordsAt.length === 2 && recordsAt[1] === RECORD_HEADER + length,
  );
}

export const twoRecordsInName: Shape = ofHello(
  'a second record inside the name',
  ({ recordsAt }, { nameAt, nameEnd }) => {
    const [, second = -1] = recordsAt;
    return recordsAt.length === 2 && second > nameAt && second < nameEnd;
  },
);

export const helloWithoutName: Shape = ofHello(
  'a ClientHello without a name',
  ({ hello, recordsAt }) =>
    hello.hasAllExtensions && !hello.hasServerNameExtension && recordsAt.length === 1,
);

export const helloInCapitals: Shape = ofHello(
  'a ClientHello with a name in capitals',
  ({ hello: { bytes, sniAt, sniEnd } }) =>
    sniAt >= 0 && !/[a-z]/.test(Buffer.from(bytes.slice(sniAt, sniEnd)).toString('latin1')),
);

/** With another's name, or none: that which is asked for is not to be seen. */
export const helloToAnother: Shape = ofHello(
  'a ClientHello, in which the name is not',
  (_, { nameAt }) => nameAt < 0,
);

interface ReadHello {
  readonly hello: ClientHello;
  /** Where each record of the handshake begins. */
  readonly recordsAt: readonly number[];
}

function ofHello(what: string, holds: (read: ReadHello, request: ClientRequest) => boolean): Shape {
  return (wire, facts) => {
    const request = requestOn(wire, facts);
    const read = request && readHello(request.said);
    return request !== undefined && read !== undefined && holds(read, request) ? undefined : what;
  };
}

function readHello(said: Uint8Array): ReadHello | undefined {
  const { bytes, at, end } = new HandshakeRecords(said.length).read(said, 0, said.length);
  const hello = new ClientHello().readMessage(bytes, at, end);
  if (hello.status !== 'complete') return undefined;
  const recordsAt: number[] = [];
  for (let next = 0; next < said.length && u8(said, next) === CONTENT_HANDSHAKE; ) {
    recordsAt.push(next);
    next += RECORD_HEADER + u16(said, next + 3);
  }
  return { hello, recordsAt };
}
