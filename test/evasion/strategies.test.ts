import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/evasion/catalogue.ts';
import { findStrategy } from '../../src/evasion/find.ts';
import { buildPacket, parsePacket } from '../../src/evasion/packet.ts';
import { randomFrom } from '../../src/evasion/random.ts';
import { carriersOf, type Strategy, type WebCarrier } from '../../src/evasion/strategy.ts';
import { timestamps } from '../support/linux-end.ts';
import { describePacket } from '../support/packet-text.ts';
import { clientHello, httpRequest, tcpFrame } from '../support/packets.ts';
import { clientWire } from './client-wire.ts';

/* What each strategy does to a connection: its SYN, the SYN/ACK, and the first packet of the request, as they are on the wire. */

/** Those over DNS alone have their packets in `shape.test.ts`. */
const OF_THE_WEB = CATALOGUE.filter((one) => carriersOf(one).some((carrier) => carrier !== 'dns'));

describe.each(OF_THE_WEB)('$id', (strategy) => {
  const carriers = carriersOf(strategy).filter((one) => one !== 'dns');

  test.each(carriers as readonly WebCarrier[])('does over %s what it says', async (carrier) => {
    const lines = wireOf(strategy, carrier);
    await expect(`${strategy.does}\n\n${lines.join('\n')}\n`).toMatchFileSnapshot(
      `./shapes/${strategy.id}-${carrier}.txt`,
    );
  });
});

describe('strategies that Geneva can write too', () => {
  const written = CATALOGUE.flatMap((strategy) =>
    strategy.geneva === undefined ? [] : [{ ...strategy, geneva: strategy.geneva }],
  );

  test('are those of which the catalogue says so', () => {
    expect(written.length).toBeGreaterThan(20);
  });

  test.each(written)('$id: so written it changes what is on the wire', (strategy) => {
    const { rewriter } = findStrategy(strategy.geneva);
    const isReset = strategy.id === 'deaf-client';
    for (const carrier of carriersOf(strategy)) {
      const plain: Strategy = { ...strategy, rewriter: undefined };
      const wire = clientWire({ strategy: { ...plain, rewriter }, carrier, isReset });
      expect(wire, carrier).not.toEqual(clientWire({ strategy: plain, carrier, isReset }));
    }
  });
});

test('whatever a program says, every strategy makes packets of it that can be built', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 80 }),
      fc.constantFrom('', 'a', 'blocked.test'),
      fc.boolean(),
      (bytes, name, isNamed) => {
        const payload = isNamed ? Uint8Array.from([...bytes, ...Buffer.from(name)]) : bytes;
        for (const strategy of CATALOGUE) {
          const facts = { name, dyingTtl: 2, random: randomFrom(1) };
          const said = strategy.says?.(payload, facts) ?? payload;
          const ends = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 };
          const packet = parsePacket(
            tcpFrame({ ...ends, seq: 1, ack: 1, flags: 'PA', payload: said }),
          );
          if (packet === undefined) throw new Error('no packet');
          for (const one of strategy.rewriter?.(facts).out(packet) ?? []) buildPacket(one.packet);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('faked-host-split puts its decoys around a name of one letter', () => {
  const strategy = CATALOGUE.find(({ id }) => id === 'faked-host-split') as Strategy;
  const said = clientWire({ strategy, carrier: 'http', name: 'q' })
    .filter(({ way, packet }) => way === 'out' && packet.payload.length > 0)
    .map(({ packet }) => Buffer.from(packet.payload).toString('latin1'));
  const [, , , , behind] = said;
  expect(said).toEqual(['GET / HTTP/1.1\r\nHost: ', 'n', 'q', 'n', behind]);
});

test('ids are unique, and made of small letters, digits and dashes', () => {
  const ids = CATALOGUE.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9-]+$/);
  expect(ids.length).toBeGreaterThanOrEqual(35);
});

function wireOf(strategy: Strategy, carrier: WebCarrier): string[] {
  const name = strategy.spell?.('blocked.test') ?? 'blocked.test';
  const facts = { name, dyingTtl: 3, random: randomFrom(1) };
  const rewriter = strategy.rewriter?.(facts);
  const asked = carrier === 'https' ? clientHello({ sni: name }) : httpRequest({ host: name });
  const payload = strategy.says?.(asked, facts) ?? asked;
  const isIpv6 = strategy.ip === 6;
  const [src, dst] = isIpv6 ? ['2001:db8::1', '2001:db8::80'] : ['10.0.0.1', '198.18.0.80'];
  const port = strategy.ports?.[carrier] ?? (carrier === 'https' ? 443 : 80);
  const along = { src, dst, srcPort: 40_000, dstPort: port };
  const back = { src: dst, dst: src, srcPort: port, dstPort: 40_000 };
  const tcpOptions = timestamps(5_000_000, 0);
  const sent: readonly (readonly ['out' | 'in', Uint8Array])[] = [
    ['out', tcpFrame({ ...along, seq: 999, ack: 0, flags: 'S', tcpOptions })],
    ['in', tcpFrame({ ...back, seq: 4999, ack: 1000, flags: 'SA', tcpOptions })],
    ['out', tcpFrame({ ...along, seq: 1000, ack: 5000, flags: 'PA', payload, tcpOptions })],
    ['in', tcpFrame({ ...back, seq: 5000, ack: 1000, flags: 'R' })],
  ];
  const pause = strategy.pause === undefined ? [] : [`(${strategy.pause} ms before the request)`];
  return sent.flatMap(([way, frame], i) => {
    const packet = parsePacket(frame);
    const made = packet && rewriter?.[way]?.(packet);
    const frames = made?.map(({ packet: one, delay }) => ({ frame: buildPacket(one), delay }));
    const lines = (frames ?? [{ frame, delay: 0 }]).map((one) => {
      const late = one.delay > 0 ? `+${one.delay} ms ` : '';
      return `${way === 'out' ? '>' : '<'} ${late}${describePacket(one.frame, name)}`;
    });
    return i === 2 ? [...pause, ...lines] : lines;
  });
}
