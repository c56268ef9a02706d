import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrategy } from '../../../src/evasion/geneva/parse.ts';
import { rewriterOf } from '../../../src/evasion/geneva/run.ts';
import { buildPacket, parsePacket } from '../../../src/evasion/packet.ts';
import { randomFrom } from '../../../src/evasion/random.ts';
import { anyStrategy } from '../../support/any-strategy.ts';
import { udpFrame } from '../../support/datagrams.ts';
import { describePacket } from '../../support/packet-text.ts';
import { ascii, concat, hex, httpRequest, tcpFrame } from '../../support/packets.ts';

/* Strategies do to packets what Geneva's engine does to them (actions/ and layers/ of its repository). */

const ENDS = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 };
const SYN = tcpFrame({ ...ENDS, seq: 999, ack: 0, flags: 'S', tcpOptions: hex`02 04 05 b4` });
const ACK = tcpFrame({ ...ENDS, seq: 1000, ack: 5000, flags: 'A' });
const REQUEST = tcpFrame({
  ...ENDS,
  seq: 1000,
  ack: 5000,
  flags: 'PA',
  payload: httpRequest({ host: 'blocked.test' }),
});

describe('what leaves', () => {
  test.each([
    ['\\/', REQUEST, ['PA 1000:1038(38)']],
    ['[TCP:flags:PA]-drop-|', REQUEST, []],
    ['[TCP:flags:PA]-drop-|', ACK, ['A 1000:1000(0)']],
    ['[TCP:flags:PA]-send-|', REQUEST, ['PA 1000:1038(38)']],
    ['[TCP:flags:PA]-duplicate-|', REQUEST, ['PA 1000:1038(38)', 'PA 1000:1038(38)']],
    ['[TCP:flags:PA]-duplicate(drop,)-|', REQUEST, ['PA 1000:1038(38)']],
    [
      '[TCP:flags:PA]-duplicate(tamper{TCP:seq:add:-500}(tamper{IP:ttl:replace:2},),)-|',
      REQUEST,
      ['PA 500:538(38) ttl 2', 'PA 1000:1038(38)'],
    ],
    ['[TCP:flags:PA]-fragment{tcp:8:True}-|', REQUEST, ['PA 1000:1008(8)', 'PA 1008:1038(30)']],
    ['[TCP:flags:PA]-fragment{tcp:8:False}-|', REQUEST, ['PA 1008:1038(30)', 'PA 1000:1008(8)']],
    ['[TCP:flags:PA]-fragment{tcp:-1:True}-|', REQUEST, ['PA 1000:1019(19)', 'PA 1019:1038(19)']],
    ['[TCP:flags:PA]-fragment{tcp:500:True}-|', REQUEST, ['PA 1000:1019(19)', 'PA 1019:1038(19)']],
    ['[TCP:flags:PA]-fragment{tcp:8:True:4}-|', REQUEST, ['PA 1000:1012(12)', 'PA 1008:1038(30)']],
    ['[TCP:flags:A]-fragment{tcp:8:True}-|', ACK, ['A 1000:1000(0)', 'A 1000:1000(0)']],
    [
      '[TCP:flags:PA]-fragment{tcp:8:True}(,fragment{tcp:4:True})-|',
      REQUEST,
      ['PA 1000:1008(8)', 'PA 1008:1012(4)', 'PA 1012:1038(26)'],
    ],
    ['[TCP:flags:PA]-fragment{ip:3:True}-|', REQUEST, ['fragment 0:24+', 'fragment 24:58']],
    ['[TCP:flags:PA]-fragment{ip:-1:False}-|', REQUEST, ['fragment 24:58', 'fragment 0:24+']],
    ['[TCP:flags:PA]-fragment{ip:3:True:2}-|', REQUEST, ['fragment 0:24+', 'fragment 24:58']],
    ['[TCP:flags:PA]-fragment{ip:8:True}-|', REQUEST, ['fragment 0:24+', 'fragment 24:58']],
    ['[TCP:flags:PA]-fragment{ip:0:True}-|', REQUEST, ['PA 1000:1038(38)', 'PA 1000:1038(38)']],
    ['[TCP:flags:A]-fragment{ip:1:True}-|', ACK, ['fragment 0:8+', 'fragment 8:20']],
    [
      '[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:R}(tamper{TCP:chksum:corrupt},))-|',
      ACK,
      ['A 1000:1000(0)', 'R 1000:1000(0) wrong tcp checksum'],
    ],
    [
      '[TCP:flags:A]-tamper{TCP:chksum:corrupt}(tamper{TCP:flags:replace:R},)-|',
      ACK,
      ['R 1000:1000(0)'],
    ],
    ['[TCP:flags:A]-tamper{TCP:seq:add:-10000}-|', ACK, ['A 4294958296:4294958296(0)']],
    ['[TCP:flags:A]-tamper{IP:ttl:replace:3}-|', ACK, ['A 1000:1000(0) ttl 3']],
    ['[TCP:flags:A]-tamper{IP:chksum:replace:1}-|', ACK, ['A 1000:1000(0) wrong ip checksum']],
    ['[TCP:flags:S]-tamper{TCP:options-mss:replace:100}-|', SYN, ['S 999:999(0) <mss 100>']],
    [
      '[TCP:flags:S]-tamper{TCP:options-wscale:replace:7}-|',
      SYN,
      ['S 999:999(0) <mss 1460,wscale 7,eol>'],
    ],
    // An MSS and 40 bytes more are more than a header has room for.
    [
      `[TCP:flags:S]-tamper{TCP:options-md5header:replace:${'ab'.repeat(38)}}-|`,
      SYN,
      ['S 999:999(0) <mss 1460>'],
    ],
    ['[TCP:options-mss:1460]-drop-|', SYN, []],
    ['[TCP:options-mss:]-drop-|', SYN, ['S 999:999(0) <mss 1460>']],
    ['[TCP:options-mss:]-drop-|', ACK, []],
    ['[TCP:flags:P*]-drop-|', REQUEST, []],
    ['[TCP:load:GET*]-drop-|', REQUEST, []],
    ['[TCP:dataofs:5]-drop-|', ACK, []],
    ['[TCP:dataofs:5]-drop-|', SYN, ['S 999:999(0) <mss 1460>']],
    ['[IP:len:40]-drop-|', ACK, []],
    ['[UDP:dport:80]-drop-|', ACK, ['A 1000:1000(0)']],
    ['[TCP:flags:A]-drop-| [TCP:ack:5000]-duplicate-|', ACK, ['A 1000:1000(0)', 'A 1000:1000(0)']],
    ['[TCP:flags:S]-tamper{TCP:load:replace:GET%20/}-|', SYN, ['S 999:1004(5) <mss 1460> "GET /"']],
  ])('%s', (text, frame, want) => {
    expect(ran(text, frame).map(shortly)).toEqual(want);
  });

  test('a dozen requests of which the trigger takes two', () => {
    const { out } = rewriterOf(parseStrategy('[TCP:flags:PA:2]-drop-|'), randomFrom(1));
    const packet = parsePacket(REQUEST);
    if (packet === undefined) throw new Error('no packet');
    expect([1, 2, 3].map(() => out(packet)?.length)).toEqual([0, 0, undefined]);
  });

  test('a trigger that lets two pass before', () => {
    const { out } = rewriterOf(parseStrategy('[TCP:flags:PA:-2]-drop-|'), randomFrom(1));
    const packet = parsePacket(REQUEST);
    if (packet === undefined) throw new Error('no packet');
    expect([1, 2, 3, 4].map(() => out(packet)?.length)).toEqual([undefined, undefined, 0, 0]);
  });

  test('what sleeps leaves later', () => {
    const text = '[TCP:flags:PA]-duplicate(,sleep{0.5}(duplicate,))-|';
    const { out } = rewriterOf(parseStrategy(text), randomFrom(1));
    const packet = parsePacket(REQUEST);
    expect(packet && out(packet)?.map(({ delay }) => delay)).toEqual([0, 500, 500]);
  });

  test('the same seed corrupts alike, and another does not', () => {
    const text = '[TCP:flags:A]-tamper{TCP:seq:corrupt}-|';
    const seqOf = (seed: number): string => shortly(ran(text, ACK, seed)[0] as Uint8Array);
    expect(seqOf(1)).toBe(seqOf(1));
    expect(seqOf(1)).not.toBe(seqOf(2));
  });
});

test('what arrives is dropped or changed', () => {
  const strategy = parseStrategy(
    '\\/ [TCP:flags:R]-drop-| [TCP:flags:SA]-tamper{TCP:window:replace:10}-|',
  );
  const rewriter = rewriterOf(strategy, randomFrom(1));
  const arriving = (flags: string) => {
    const packet = parsePacket(tcpFrame({ ...ENDS, seq: 1, ack: 1, flags }));
    return (
      packet && rewriter.in?.(packet)?.map((one) => describePacket(buildPacket(one.packet), ''))
    );
  };
  expect(arriving('R')).toEqual([]);
  expect(arriving('SA')).toEqual(['SA 1:1(0) ack 1 win 10']);
  expect(arriving('A')).toBeUndefined();
});

test('whatever the strategy, and whatever the packet, something comes of it that can be built', () => {
  const question = hex`12 34 01 00 00 01 00 00 00 00 00 00 01 61 00 00 01 00 01`;
  const frames = [
    SYN,
    ACK,
    REQUEST,
    udpFrame({ ...ENDS, dstPort: 53, payload: question }),
    tcpFrame({ ...ENDS, src: '2001:db8::1', dst: '2001:db8::80', seq: 1, ack: 1, flags: 'PA' }),
    tcpFrame({
      ...ENDS,
      seq: 1,
      ack: 1,
      flags: 'A',
      tcpOptions: hex`08 0a 00 00 00 01 00 00 00 02 01 00`,
    }),
  ];
  fc.assert(
    fc.property(anyStrategy(), fc.nat(), (strategy, seed) => {
      // Each tree for every packet, whatever its trigger.
      const always = {
        field: { protocol: 'IP', name: 'version' },
        value: '4',
        gas: undefined,
      } as const;
      const out = [...strategy.out, ...strategy.out.map((tree) => ({ ...tree, trigger: always }))];
      const rewriter = rewriterOf({ ...strategy, out }, randomFrom(seed));
      for (const frame of frames) {
        const packet = parsePacket(frame);
        if (packet === undefined) throw new Error('no packet');
        for (const one of [...(rewriter.out(packet) ?? []), ...(rewriter.in?.(packet) ?? [])]) {
          buildPacket(one.packet);
        }
        expect(buildPacket(packet)).toEqual(frame);
      }
    }),
    { numRuns: 1000 },
  );
});

describe('questions of DNS', () => {
  const question = concat(
    hex`12 34 01 00 00 01 00 00 00 00 00 00 07`,
    ascii('blocked'),
    hex`04`,
    ascii('test'),
    hex`00 00 01 00 01`,
  );
  const frame = udpFrame({ ...ENDS, dstPort: 53, payload: question });

  test.each([
    ['[DNS:qdcount:1]-tamper{DNS:ancount:replace:32}-|', 6, '0001 0020'.replace(' ', '')],
    ['[DNS:qr:0]-tamper{DNS:rd:replace:0}-|', 2, '0000'],
    ['[DNSQR:qname:blocked.test.]-tamper{DNSQR:qtype:replace:28}-|', 26, '001c'],
  ])('%s', (text, at, want) => {
    const [made] = ran(text, frame);
    const payload = Buffer.from((made as Uint8Array).subarray(42));
    expect(payload.toString('hex', at === 6 ? 4 : at, at === 6 ? 8 : at + 2)).toBe(want);
  });

  test('compress asks in two questions, the first of which points into the second', () => {
    const [made] = ran('[DNS:qr:0]-tamper{DNS:qd:compress}-|', frame);
    const payload = Buffer.from((made as Uint8Array).subarray(42));
    expect(payload.toString('hex')).toBe(
      `12340100000200000000000007${Buffer.from('blocked').toString('hex')}c01a0001000104${Buffer.from('test').toString('hex')}0000010001`,
    );
  });
});

function ran(text: string, frame: Uint8Array, seed = 1): Uint8Array[] {
  const packet = parsePacket(frame);
  const made = packet && rewriterOf(parseStrategy(text), randomFrom(seed)).out(packet);
  return made === undefined ? [frame] : made.map((one) => buildPacket(one.packet));
}

/** Without what is the same of all. */
function shortly(frame: Uint8Array): string {
  return describePacket(frame, '')
    .replace(/ ack \d+ win \d+/, '')
    .replace(/ "(?!GET \/"$).*$/, '')
    .replace(/^(fragment \S+).*/, '$1');
}
