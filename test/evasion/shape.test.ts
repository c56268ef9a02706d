import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/evasion/catalogue.ts';
import { findStrategy } from '../../src/evasion/find.ts';
import { copyPacket } from '../../src/evasion/packet.ts';
import type { Shape, WirePacket } from '../../src/evasion/shape.ts';
import { carriersOf } from '../../src/evasion/strategy.ts';
import { ACK } from '../../src/wire/tcp.ts';
import { clientWire, factsOf, plainWire } from './client-wire.ts';

/* Whether each strategy's shape tells its own packets from those of the others. */

const ALL = CATALOGUE.flatMap((strategy) =>
  carriersOf(strategy).map((carrier) => ({
    ...{ strategy, carrier, id: strategy.id },
    shape: strategy.shape as Shape,
    facts: factsOf({ strategy, carrier }),
    // Without a RST there is nothing that it could be deaf to.
    isReset: strategy.id === 'deaf-client',
  })),
);

/** Whose packets have another's shape as well, and why that is right. */
const ALSO: readonly (readonly [shape: string, packetsOf: string, because: string])[] = [
  ['none', 'small-answers', 'the request is plain; a window is what a program may choose'],
  ['none', 'late-request', 'the request is plain; a program may take its time'],
  ['none', 'other-port', 'the request is plain; so it is at any port'],
  ['none', 'deaf-client', 'the request is plain; it is what the client hears that is not'],
  ['none', 'dns-later-answer', 'the question is plain; it is what the client hears that is not'],
  ['none', 'dns-elsewhere', 'the question is plain; so it is to anybody'],
  ['dns-elsewhere', 'dns-later-answer', 'which asks elsewhere too'],
  ['split-in-name', 'slow-segments', 'which is the same, with a pause'],
  ['split-in-name', 'records-and-segments', 'which is the same, with records'],
];

describe.each(ALL)('$id over $carrier', ({ strategy, carrier, id, shape, facts, isReset }) => {
  test('its packets have its shape', () => {
    expect(shape(clientWire({ strategy, carrier, isReset }), facts)).toBeUndefined();
  });

  test('and among acknowledgements that go either way', () => {
    expect(shape(amongAcks(clientWire({ strategy, carrier, isReset })), facts)).toBeUndefined();
  });

  test('what a kernel sends without it has not', () => {
    const plain = { ...facts, name: 'blocked.test' };
    const [missing, again] = [shape(plainWire(carrier), plain), shape(plainWire(carrier), facts)];
    if (id === 'none') expect(missing).toBeUndefined();
    else expect([missing, again]).toEqual([expect.any(String), expect.any(String)]);
  });

  test('of the others’ packets none have it but those that should', () => {
    const others = ALL.filter((one) => one.carrier === carrier && one.id !== id);
    const also = others.filter((one) => shape(wireOf(one), facts) === undefined);
    const expected = ALSO.filter(([whose]) => whose === id).map(([, packetsOf]) => packetsOf);
    const possible = expected.filter((one) => others.some((other) => other.id === one));
    expect(also.map((one) => one.id).sort()).toEqual(possible.sort());
  });
});

describe.each(ALL.filter(isOverTcp))('$id over $carrier', (one) => {
  const { strategy, carrier, shape, facts, isReset } = one;

  test('its packets have its shape when a box resets the connection', () => {
    expect(shape(clientWire({ strategy, carrier, isReset: true }), facts)).toBeUndefined();
  });

  test('and when the kernel sends the request again', () => {
    const wire = clientWire({ strategy, carrier, isReset, isLost: true });
    expect(shape(wire, facts)).toBeUndefined();
  });
});

test('a strategy that is written in Geneva’s notation has no shape', () => {
  expect(findStrategy('[TCP:flags:PA]-fragment{tcp:8:True}-| \\/').shape).toBeUndefined();
});

test('whatever is on the wire, what a shape lacks is said in words, the wire is left as it is, and nothing has no shape', () => {
  const wires = ALL.map((one) => wireOf(one));
  fc.assert(
    fc.property(
      fc.constantFrom(...wires).chain((wire) => fc.shuffledSubarray([...wire])),
      fc.constantFrom(...ALL),
      (wire, { shape, facts }) => {
        const before = structuredClone(wire);
        const missing = shape(wire, facts);
        expect(wire).toEqual(before);
        expect(missing ?? 'it is there').toMatch(/^(?!.*(undefined|NaN|object))(?=.*[a-z]).*\S \S/);
        const isNothing = !wire.some(
          ({ way, packet }) => way === 'out' && packet.payload.length > 0,
        );
        if (isNothing) expect(missing).toBeDefined();
      },
    ),
    { numRuns: 500 },
  );
});

function wireOf({
  strategy,
  carrier,
  isReset,
}: Pick<(typeof ALL)[number], 'strategy' | 'carrier' | 'isReset'>) {
  return clientWire({ strategy, carrier, isReset });
}

function isOverTcp({ carrier, strategy: { asks } }: (typeof ALL)[number]): boolean {
  return carrier !== 'dns' || (asks?.by ?? 'udp') !== 'udp';
}

/** After each packet of the client's, what the kernels at both ends may say besides. */
function amongAcks(wire: readonly WirePacket[]): WirePacket[] {
  const own = wire.find((one) => isPlainAck(one));
  const answer = wire.find(({ way }) => way === 'in');
  if (own === undefined || answer?.packet.tcp === undefined) return [...wire];
  const packet = copyPacket(answer.packet);
  packet.tcp = { ...answer.packet.tcp, flags: ACK, seq: answer.packet.tcp.seq + 1 };
  const opened = wire.indexOf(own);
  return wire.flatMap((one, i) => {
    const { time } = one;
    if (i < opened || one.way === 'in') return [one];
    return [one, { way: 'in', time, packet } as const, { ...own, time }];
  });
}

function isPlainAck({ way, packet: { tcp, payload } }: WirePacket): boolean {
  return way === 'out' && tcp?.flags === ACK && payload.length === 0;
}
