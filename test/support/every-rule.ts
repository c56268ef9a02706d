import type { Action } from '../../src/policy/act/action.ts';
import { AddressSet } from '../../src/policy/match/address-set.ts';
import { clientHello } from '../../src/policy/match/client-hello.ts';
import { isFullyEncrypted } from '../../src/policy/match/fully-encrypted.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import { type NameKind, names } from '../../src/policy/match/names.ts';
import { protocol } from '../../src/policy/match/protocol.ts';
import { serverFlight } from '../../src/policy/match/server-flight.ts';
import { volume } from '../../src/policy/match/volume.ts';
import type { Model, NameMatch } from '../../src/policy/model.ts';
import { RESET } from './censors.ts';

/** A trigger of every kind. None is set off by common traffic, or each by some. */
export function everyTrigger(model: Model, isCommon: boolean): Matcher[] {
  const { normalise } = model.host;
  const list = isCommon ? ['example', 'example.org', 'blocked.example'] : ['never.invalid'];
  const name = (kind: NameKind, how: NameMatch): Matcher =>
    names(kind, { names: list, how, normalise });
  const words = isCommon ? ['secret', 'GET /x', '\x16\x03'] : ['never-seen-anywhere'];
  const patterns = isCommon ? ['(?i)for.{2}d+en', '^[^ ]* /y'] : ['never-(seen|met)-any.here'];
  return [
    addresses(
      isCommon ? ['10.0.0.9', '2001:db8::9'] : ['192.0.2.0/24:9', '[2001:db8:9::/48]:9/tcp'],
    ),
    name('http.host', 'suffix'),
    name('tls.sni', 'substring'),
    name('quic.sni', 'exact'),
    name('dns.qname', 'regex'),
    keywords('http.url', { keywords: words, patterns: [] }),
    keywords('payload', { keywords: words, patterns, wholeToken: true }),
    clientHello(isCommon ? { sni: 'absent' } : { ciphers: [0x0a0a], ech: false }),
    serverFlight(isCommon ? { version: [0x0303], subject: 'blocked' } : { cipher: [0x0a0a] }),
    protocol({ is: isCommon ? ['ssh', 'unknown'] : ['ssh'] }),
    volume({ bytesOver: isCommon ? 20_000 : 1e12, of: 'both' }),
    {
      observes: 'first-payload',
      matches: ({ bytes, at, end }) => isCommon && isFullyEncrypted(bytes, at, end),
    },
  ];
}

/** An action of every kind, in its different forms. */
export const EVERY_ACTION: readonly Action[] = [
  RESET,
  { ...RESET, count: 3, flags: 'RA', seq: 'ramp', ttl: [50, 60], ipId: 'random' },
  { ...RESET, to: 'client', flags: 'FA', seq: 'past-trigger', trigger: 'pass', rest: 'pass' },
  { do: 'drop' },
  { do: 'pass' },
  { do: 'blackhole', way: 'to-server', trigger: 'pass', duration: 50 },
  { do: 'throttle', way: 'both', rate: 10, burst: 3000, how: 'police' },
  { do: 'throttle', way: 'to-client', rate: 10, burst: 3000, how: 'shape' },
  { do: 'delay', way: 'both', by: 5 },
  { do: 'respond', payload: new Uint8Array(3000).fill(0x61), server: 'reset', shape: RESET },
  {
    do: 'dns',
    rcode: 'noerror',
    answers: [
      { type: 'A', address: Uint8Array.of(10, 10, 34, 35), ttl: 60 },
      { type: 'AAAA', address: new Uint8Array(16).fill(1), ttl: 60 },
    ],
    count: 2,
    delay: 0,
    ttl: 'copied',
    ipId: 'copied',
  },
];

function addresses(entries: readonly string[]): Matcher {
  const set = new AddressSet(entries);
  return {
    observes: 'address',
    matches: ({ packet }) => {
      const { bytes, srcAt, dstAt, ipVersion, srcPort, dstPort, protocol: number } = packet;
      const version = ipVersion === 4 ? 4 : 6;
      return (
        set.has(bytes, srcAt, version, srcPort, number) ||
        set.has(bytes, dstAt, version, dstPort, number)
      );
    },
  };
}
