import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/evasion/catalogue.ts';
import { decoy } from '../../src/evasion/decoy.ts';
import { onNamedPayload } from '../../src/evasion/moments.ts';
import { type Packet, parsePacket } from '../../src/evasion/packet.ts';
import { randomFrom } from '../../src/evasion/random.ts';
import { middleOfName } from '../../src/evasion/request.ts';
import { cut } from '../../src/evasion/segments.ts';
import { allOf, anyOf, over, type Shape, type WirePacket } from '../../src/evasion/shape.ts';
import { goesOnAfterReset } from '../../src/evasion/shapes/deaf.ts';
import type { Strategy } from '../../src/evasion/strategy.ts';
import { md5Signature, timestampBy, wrongChecksum } from '../../src/evasion/tricks.ts';
import { ascii, tcpFrame } from '../support/packets.ts';
import { type Attempt, clientWire, factsOf, PLAIN, plainWire } from './client-wire.ts';

/* What a shape takes for what is claimed, and what it says is missing. */

describe('what a packet is like', () => {
  test.each([
    { id: 'decoy-md5', what: 'a wrong checksum besides', tricks: [md5Signature, wrongChecksum] },
    {
      id: 'decoy-bad-checksum',
      what: 'a signature besides',
      tricks: [md5Signature, wrongChecksum],
    },
    { id: 'decoy-old-timestamp', what: 'another time', tricks: [timestampBy(-1)] },
    { id: 'decoy-that-arrives', what: 'anything odd', tricks: [wrongChecksum] },
  ])('$id is not what has $what', ({ id, tricks }) => {
    expect(missing(id, { rewriter: decoy(...tricks) })).toEqual(expect.any(String));
  });

  test('what is missing is told beside what there is', () => {
    expect(missing('decoy-old-timestamp', { rewriter: decoy() })).toBe(
      'decoy (timestamp -600000), 0–end; there is 0–124, 0–124',
    );
    expect(missing('split-in-name', { rewriter: decoy(wrongChecksum) })).toBe(
      '0–inside, inside–end; there is 0–124 (checksum wrong), 0–124',
    );
    expect(missing('slow-segments', {})).toBe(
      '0–inside, inside–end (after 150 ms); there is 0–124',
    );
  });
});

describe('when packets leave', () => {
  test.each([
    { delay: 100, want: expect.any(String) },
    { delay: 150, want: undefined },
    { delay: 400, want: undefined },
  ])('two segments with $delay ms between them', ({ delay, want }) => {
    const rewriter = onNamedPayload((packet, { name }) =>
      cut(packet, middleOfName(packet.payload, name)).map((one, i) => ({
        packet: one,
        delay: i * delay,
      })),
    );
    expect(missing('slow-segments', { rewriter })).toEqual(want);
  });

  test.each([
    { pause: 1900, want: expect.any(String) },
    { pause: 2000, want: undefined },
  ])('a request $pause ms after the handshake', ({ pause, want }) => {
    expect(missing('late-request', { pause })).toEqual(want);
  });
});

describe('a request that is too long for one packet', () => {
  const NAMED = [
    ...['none', 'split-in-name', 'split-reversed', 'disorder-by-ttl', 'slow-segments'],
    ...['faked-split', 'faked-host-split', 'overlap-left', 'overlap-inside', 'ip-fragments'],
    ...['urgent-byte', 'records-in-name', 'records-and-segments'],
  ];

  test.each(NAMED.flatMap((id) => [200, 1380, 2000].map((before) => ({ id, before }))))(
    '$id has its shape $before bytes before the name',
    ({ id, before }) => {
      const attempt = { strategy: strategyOf(id), carrier: 'https', before } as const;
      expect(shapeOf(id)(clientWire(attempt), factsOf(attempt))).toBeUndefined();
    },
  );

  test('faked-host-split has its shape where a packet begins with the name', () => {
    const strategy = strategyOf('faked-host-split');
    // A segment of the client's kernel has 1,448 bytes.
    for (const attempt of [
      { strategy, carrier: 'https', before: 1448 - 99 },
      { strategy, carrier: 'http', path: '/'.padEnd(1448 - 21, 'x') },
    ] as const)
      expect(shapeOf('faked-host-split')(clientWire(attempt), factsOf(attempt))).toBeUndefined();
  });

  test.each(['split-before-name', 'rst-bad-checksum', 'fin-bad-checksum', 'second-syn'])(
    '%s has its shape wherever the name is',
    (id) => {
      const attempt = { strategy: strategyOf(id), carrier: 'https', before: 2000 } as const;
      expect(shapeOf(id)(clientWire(attempt), factsOf(attempt))).toBeUndefined();
      const whole = { ...attempt, strategy: strategyOf('none') };
      expect(shapeOf(id)(clientWire(whole), factsOf(whole))).toEqual(expect.any(String));
      expect(shapeOf('none')(clientWire(attempt), factsOf(attempt))).toEqual(expect.any(String));
    },
  );

  test('a decoy without the name, which was in the second packet, is none', () => {
    const attempt = { strategy: strategyOf('decoy-md5'), carrier: 'https', before: 2000 } as const;
    expect(shapeOf('decoy-md5')(clientWire(attempt), factsOf(attempt))).toMatch(/there is .*md5/);
  });
});

test.each(['a.b', 'a.b.test', '1a1b.test'])('dns-name-case has its shape of %s', (name) => {
  const attempt = { strategy: strategyOf('dns-name-case'), carrier: 'dns', name } as const;
  expect(shapeOf('dns-name-case')(clientWire(attempt), factsOf(attempt))).toBeUndefined();
});

describe('what never came so far', () => {
  test('a connection without an answer', () => {
    const syn = plainWire('https').slice(0, 1);
    expect(shapeOf('split-in-name')(syn, FACTS)).toBe('a handshake of TCP');
  });

  test('a request of which the first part alone was sent', () => {
    const attempt = { strategy: strategyOf('small-window'), carrier: 'http' } as const;
    const wire = clientWire(attempt).slice(0, 4);
    expect(shapeOf('small-window')(wire, factsOf(attempt))).toBe('the name in the request');
  });

  test('what the client says after the server is no part of the request', () => {
    const attempt = { strategy: strategyOf('split-in-name'), carrier: 'https' } as const;
    const wire = clientWire(attempt);
    const more = wire.find(({ way, packet }) => way === 'out' && packet.payload.length > 0);
    const later = moved(more as WirePacket, 5000);
    expect(shapeOf('split-in-name')([...wire, later], factsOf(attempt))).toBeUndefined();
    const answeredAt = wire.findIndex(
      ({ way, packet }) => way === 'in' && packet.payload.length > 0,
    );
    const before = wire.toSpliced(answeredAt, 0, moved(more as WirePacket, 124));
    expect(shapeOf('split-in-name')(before, factsOf(attempt))).toEqual(expect.any(String));
  });
});

describe('fragments of IP', () => {
  const attempt = { strategy: strategyOf('ip-fragments'), carrier: 'https' } as const;
  const wire = clientWire(attempt);
  const [first, second] = wire.filter(
    ({ packet: { ip } }) => (ip.flags & 1) + ip.fragmentOffset > 0,
  );

  test('may come in any order', () => {
    const at = wire.indexOf(first as WirePacket);
    const turned = wire.with(at, second as WirePacket).with(at + 1, first as WirePacket);
    expect(shapeOf('ip-fragments')(turned, factsOf(attempt))).toBeUndefined();
  });

  test('are nothing as long as one is missing', () => {
    for (const one of [first, second]) {
      const rest = wire.filter((other) => other !== one);
      expect(shapeOf('ip-fragments')(rest, factsOf(attempt))).toBe('the name in the request');
    }
  });

  test('are two wherever the name is', () => {
    const { rewriter } = strategyOf('ip-fragments');
    for (const name of ['a.io', 'ab.io', 'abc.io', 'abcd.io', 'abcde.io'])
      for (let length = 0; length < 8; length++) {
        const payload = ascii(`${'x'.repeat(length)}${name}`);
        const frame = tcpFrame({ ...ENDS, seq: 1, ack: 1, flags: 'PA', payload });
        const facts = { name, dyingTtl: 3, random: randomFrom(1) };
        const sent = rewriter?.(facts).out(parsePacket(frame) as Packet);
        const offsets = sent?.map(({ packet: { ip } }) => ip.fragmentOffset > 0);
        expect(offsets, `${name} behind ${length}`).toEqual([false, true]);
      }
  });

  test('with the whole name in one of them are not what is claimed', () => {
    // A name of eight letters or less may lie between two multiples of eight.
    const short = { ...attempt, name: 'a.io' };
    expect(shapeOf('ip-fragments')(clientWire(short), factsOf(short))).toMatch(/^0–end/);
  });
});

describe('a client that is deaf to RSTs', () => {
  const reset = clientWire({
    strategy: strategyOf('deaf-client'),
    carrier: 'https',
    isReset: true,
  });
  const resetAt = reset.findIndex(({ way, packet }) => way === 'in' && packet.tcp?.flags === 4);

  test('is not one that stops', () => {
    expect(goesOnAfterReset(reset.slice(0, resetAt + 1), FACTS)).toBe(
      'a client that goes on after a RST',
    );
  });

  test('is not one that heard none that counts', () => {
    const ignored = reset.with(resetAt, moved(reset[resetAt] as WirePacket, 1));
    expect(goesOnAfterReset(ignored, FACTS)).toBe('a RST to the client');
  });

  test('sends again, ends the connection, or takes what comes after', () => {
    const upTo = reset.slice(0, resetAt + 1);
    const [again, fin] = reset.slice(resetAt + 1) as [WirePacket, WirePacket];
    const news = clientWire({ strategy: PLAIN, carrier: 'https' }).filter(
      ({ packet: { tcp } }) => (tcp?.ack ?? 0) > 5000 && tcp?.flags === 0x10,
    );
    expect(news.length).toBe(1);
    for (const one of [again, fin, ...news])
      expect(goesOnAfterReset([...upTo, one], FACTS)).toBeUndefined();
  });

  test('is not known by what was on its way when the RST came', () => {
    const [ack] = reset.filter(({ way, packet: { tcp } }) => way === 'out' && tcp?.flags === 0x10);
    const late = [...reset.slice(0, resetAt + 1), ack as WirePacket];
    expect(goesOnAfterReset(late, FACTS)).toBe('a client that goes on after a RST');
  });
});

describe('shapes together', () => {
  const [yes, no, neither]: Shape[] = [() => undefined, () => 'this', () => 'that'];

  test('all of them miss what the first misses, one of them what the last does', () => {
    expect(allOf(yes as Shape, no as Shape, neither as Shape)([], FACTS)).toBe('this');
    expect(allOf(yes as Shape)([], FACTS)).toBeUndefined();
    expect(anyOf(no as Shape, yes as Shape, neither as Shape)([], FACTS)).toBeUndefined();
    expect(anyOf(no as Shape, neither as Shape)([], FACTS)).toBe('that');
  });

  test('what is over another carrier has not the shape', () => {
    expect(over({ https: yes as Shape })([], FACTS)).toBeUndefined();
    expect(over({ http: yes as Shape, dns: yes as Shape })([], FACTS)).toBe(
      'a request over http or dns',
    );
  });
});

/** Of the packets of another strategy. */
function missing(id: string, other: Partial<Strategy>): string | undefined {
  const attempt: Attempt = { strategy: { ...PLAIN, ...other }, carrier: 'https' };
  return shapeOf(id)(clientWire(attempt), factsOf(attempt));
}

function shapeOf(id: string): Shape {
  return strategyOf(id).shape as Shape;
}

function strategyOf(id: string): Strategy {
  return CATALOGUE.find((one) => one.id === id) as Strategy;
}

/** To so many bytes further on in the stream. */
function moved(one: WirePacket, by: number): WirePacket {
  const tcp = one.packet.tcp as NonNullable<Packet['tcp']>;
  return { ...one, packet: { ...one.packet, tcp: { ...tcp, seq: tcp.seq + by } } };
}

const FACTS = factsOf({ strategy: PLAIN, carrier: 'https' });
const ENDS = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 };
