import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { Observation, ObservationKind } from '../../src/policy/observation.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { DatagramSession } from '../support/datagram-session.ts';
import { dnsMessage, dnsQuery } from '../support/dns.ts';
import { ascii, clientHelloMessage, hex } from '../support/packets.ts';
import { clientDatagram, cryptoFrames, initialPacket } from '../support/quic.ts';
import { serverHelloMessage } from '../support/tls.ts';

const FIRST = hex`01 02 03 04 05 06 07 08`;
const SECOND = hex`11 12 13 14 15 16 17 18`;
const FLIGHT = serverHelloMessage({ cipher: 0x1301 });

describe('the server in QUIC', () => {
  test('is told once for each connection, as soon as its ServerHello is whole', () => {
    const { session, told } = watching('ids', ['tls.server-flight']);
    const [head, tail] = cryptoFrames(FLIGHT, 20) as [Uint8Array, Uint8Array];
    session.send('client', hello(FIRST));
    session.send('client', hello(SECOND));
    session.send('server', answer(FIRST, [head]));
    expect(told).toEqual([]);
    session.send('server', answer(FIRST, [tail], 1));
    expect(told).toEqual(['tls.server-flight 0x1301']);
    session.send('server', answer(FIRST, [head], 2));
    session.send('server', answer(SECOND, cryptoFrames(FLIGHT)));
    expect(told).toEqual(['tls.server-flight 0x1301', 'tls.server-flight 0x1301']);
  });

  test('of a second connection is not told by a box that takes a flow for one', () => {
    const { session, told } = watching('ports', ['tls.server-flight']);
    for (const dcid of [FIRST, SECOND]) {
      session.send('client', hello(dcid));
      session.send('server', answer(dcid, cryptoFrames(FLIGHT)));
    }
    expect(told).toEqual(['tls.server-flight 0x1301']);
  });

  test('is told where the client began with something else than a hello in a connection of its own', () => {
    const { session, told } = watching('ids', ['quic.sni', 'tls.server-flight']);
    session.send('client', clientDatagram({ dcid: FIRST, frames: cryptoFrames(FLIGHT) }));
    session.send('server', answer(FIRST, cryptoFrames(FLIGHT)));
    expect(told).toEqual([]);
    session.send('client', hello(SECOND));
    session.send('server', answer(SECOND, cryptoFrames(FLIGHT)));
    expect(told).toEqual(['quic.sni', 'tls.server-flight 0x1301']);
  });
});

describe('the first datagram is of a protocol', () => {
  test.each([
    { what: 'an Initial', datagram: hello(FIRST), want: 'quic' },
    { what: 'a question', datagram: dnsQuery('a.test'), want: 'dns' },
    {
      what: 'an answer',
      datagram: dnsMessage({
        type: 'response',
        questions: [{ type: 'A', name: 'a.test' }],
        answers: [{ type: 'A', name: 'a.test', data: '192.0.2.1' }],
      }),
      want: 'dns',
    },
    { what: 'a text', datagram: ascii('hello, server'), want: 'unknown' },
  ])('$what: $want', ({ datagram, want }) => {
    const { session, told } = watching('ids', ['protocol']);
    session.send('client', datagram);
    session.send('client', ascii('another'));
    expect(told).toEqual([`protocol ${want}`]);
  });
});

function watching(connections: 'ids' | 'ports', kinds: readonly ObservationKind[]) {
  const told: string[] = [];
  const observer = {
    asksAbout: (kind: ObservationKind) => kinds.includes(kind),
    observe: (seen: Observation) => {
      const { kind, protocol, serverHello } = seen;
      if (kind === 'protocol') told.push(`${kind} ${protocol}`);
      else if (kind === 'quic.sni') told.push(kind);
      else told.push(`${kind} 0x${serverHello.cipherSuite.toString(16)}`);
    },
  };
  const model = { ...PRESETS.strict, quic: { ...PRESETS.strict.quic, connections } };
  const session = new DatagramSession(new Engine({ policy: { model, rules: [] }, observer }), {
    dstPort: 443,
  });
  return { session, told };
}

function hello(dcid: Uint8Array): Uint8Array {
  return clientDatagram({ dcid, frames: cryptoFrames(clientHelloMessage({ sni: 'a.test' })) });
}

function answer(keysFrom: Uint8Array, frames: readonly Uint8Array[], packetNumber = 0): Uint8Array {
  return initialPacket({
    from: 'server',
    dcid: Uint8Array.of(),
    scid: keysFrom,
    keysFrom,
    packetNumber,
    frames,
  });
}
