import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/evasion/catalogue.ts';
import { onFirstPayload } from '../../src/evasion/moments.ts';
import { cut } from '../../src/evasion/segments.ts';
import type { Shape, WirePacket } from '../../src/evasion/shape.ts';
import { carriersOf, type Strategy } from '../../src/evasion/strategy.ts';
import { clientWire, factsOf, PLAIN } from './client-wire.ts';

/* Of a request with the name in its path and in its Host header, the Host header is what counts. */

const OVER_HTTP = CATALOGUE.filter((one) => carriersOf(one).includes('http'));
const PATHS = ['/blocked.test', `/${'x'.repeat(60)}/blocked.test?from=blocked.test`];
const CASES = OVER_HTTP.flatMap((strategy) =>
  PATHS.map((path) => ({ ...{ strategy, path, id: strategy.id }, carrier: 'http' as const })),
);

describe.each(CASES)('$id of $path', (one) => {
  const isReset = one.id === 'deaf-client';
  const wire = clientWire({ ...one, isReset });

  test('has its shape', () => {
    expect((one.strategy.shape as Shape)(wire, factsOf(one))).toBeUndefined();
  });

  test('has no decoy with the name', () => {
    const decoys = saidIn(wire).filter((text) => text.includes('nnnnnnn.test'));
    const isOfBoth = ['two-hosts', 'absolute-uri'].includes(one.id);
    for (const text of isOfBoth ? [] : decoys) expect(text).not.toContain('blocked.test');
  });
});

test.each(CASES.filter(({ id }) => ['split-tiny', 'byte-by-byte'].includes(id)))(
  '$id cuts each name of $path',
  (one) => {
    for (const text of saidIn(clientWire(one))) expect(text).not.toContain('blocked.test');
  },
);

test.each([
  ...['split-in-name', 'split-reversed', 'disorder-by-ttl', 'slow-segments', 'overlap-left'],
  ...['overlap-inside', 'faked-split', 'ip-fragments', 'urgent-byte'],
])('%s cuts the name of the Host header', (id) => {
  const named = CASES.filter((one) => one.id === id);
  expect(named).not.toEqual([]);
  for (const one of named)
    for (const text of saidIn(clientWire(one))) expect(text).not.toContain('Host: blocked.test');
});

test('a cut in the path alone is no cut inside the name', () => {
  const rewriter = onFirstPayload((packet) => cut(packet, 'GET /blocked'.length));
  const attempt = {
    strategy: { ...PLAIN, rewriter },
    carrier: 'http',
    path: '/blocked.test',
  } as const;
  for (const id of ['split-in-name', 'split-reversed', 'byte-by-byte']) {
    const { shape } = CATALOGUE.find((one) => one.id === id) as Strategy;
    expect(shape?.(clientWire(attempt), factsOf(attempt))).toEqual(expect.any(String));
  }
});

function saidIn(wire: readonly WirePacket[]): string[] {
  return wire
    .filter(({ way }) => way === 'out')
    .map(({ packet: { payload } }) => Buffer.from(payload).toString('latin1'));
}

test.each([
  ['absolute-uri', 'GET http://$&n/ HTTP/1.1'],
  ['two-hosts', 'Host: $&n\r\nHost: '],
])('%s takes a keyword with signs of a replacement for what it is', (id, wanted) => {
  const { says } = CATALOGUE.find((one) => one.id === id) as Strategy;
  const head = Buffer.from('GET / HTTP/1.1\r\nHost: blocked.test\r\n\r\n');
  const said = says?.(head, { name: '$&a', dyingTtl: 3, random: () => 0 });
  expect(Buffer.from(said ?? []).toString()).toContain(wanted);
});
