import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';
import { observe } from '../../src/replay/observe.ts';
import type { ObservedFlow } from '../../src/replay/observed-flow.ts';
import { replay } from '../../src/replay/replay.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { pcapFile } from '../support/capture.ts';
import { az2017 } from '../support/censors.ts';
import { Conversation } from '../support/conversation.ts';
import { udpFrame } from '../support/datagrams.ts';
import { temporaryFile } from '../support/folder.ts';
import { fragmentsOfSize } from '../support/fragments.ts';
import { observedIn, only } from '../support/observing.ts';
import { clientHello, concat, hex } from '../support/packets.ts';
import { ethernet, ipOf, ipv4, TUNNELS, TUNNELS_OF_IPV6 } from '../support/tunnels.ts';

const HELLO = clientHello({ sni: 'meydan.tv' });
const { frames: V4 } = new Conversation().handshake().client(HELLO);
const V6 = new Conversation({ client: '2001:0:102:304::1', server: '2001:db8::80' })
  .handshake()
  .client(HELLO).frames;
const ALL = [
  ...TUNNELS.map((tunnel) => ({ ...tunnel, version: 4, frames: V4 })),
  ...TUNNELS_OF_IPV6.map((tunnel) => ({ ...tunnel, version: 6, frames: V6 })),
];
const WANT = { dst_port: 443, sni: 'meydan.tv' };

describe.each(ALL)('IPv$version in $name', ({ wrap, frames }) => {
  const wrapped = frames.map((frame) => ({ bytes: wrap(frame) }));

  test('is observed as if it was not wrapped', () => {
    const plain = observedIn(frames.map((bytes) => ({ bytes })));
    expect(observedIn(wrapped)).toEqual(plain);
    expect(plain).toMatchObject([{ dst_port: WANT.dst_port, sni: WANT.sni }]);
  });

  test('is blocked, and the resets are wrapped like the trigger', () => {
    const engine = new Engine({ policy: az2017(PLAIN) });
    const verdicts = wrapped.map(({ bytes }) => engine.decide(bytes, 0, bytes.length, 0));
    const last = verdicts.at(-1);
    if (last?.kind !== 'inject') throw new Error('not blocked');
    expect(last.packets).toHaveLength(2);
    const trigger = new PacketView(OPEN);
    const made = new PacketView(OPEN);
    const { bytes } = wrapped.at(-1) as { bytes: Uint8Array };
    trigger.decode(bytes, 0, bytes.length);
    for (const { frame, way } of last.packets) {
      made.decode(frame, 0, frame.length);
      expect(made.malformed).toBeUndefined();
      expect(made).toMatchObject({ isTcp: true, tunnel: trigger.tunnel, frameEnd: made.ipEnd });
      expect(made.ipAt).toBe(trigger.ipAt);
      const ports = way === 'along' ? [trigger.srcPort, 443] : [443, trigger.srcPort];
      expect([made.srcPort, made.dstPort]).toEqual(ports);
    }
  });

  test('is not read where tunnels are closed, but for tags, and that is told', () => {
    const model = { ...PLAIN, tunnels: 'closed' } as const;
    const file = temporaryFile(pcapFile({}, wrapped));
    const { counters, unread } = replay({ file, policy: az2017(model) });
    const isTag = new PacketView().decode(
      wrapped[0]?.bytes ?? hex``,
      0,
      wrapped[0]?.bytes.length ?? 0,
    ).isTcp;
    expect(counters.decisions).toBe(isTag ? 1 : 0);
    const count = Object.values(unread).reduce((sum, n) => sum + n, 0);
    expect(count).toBe(isTag ? 0 : wrapped.length);
  });

  test('is read as far as it goes where it was cut, and what is lost is told', () => {
    const nameEnd = Buffer.from(wrapped.at(-1)?.bytes ?? hex``).indexOf('meydan.tv') + 9;
    const plain = observedIn(frames.map((bytes) => ({ bytes })));
    const cut = wrapped.map(({ bytes }) => ({
      bytes: bytes.slice(0, nameEnd),
      originalLength: bytes.length,
    }));
    const [flow] = observedIn(cut);
    const { src, src_port, dst, dst_port, protocol, sni } = plain[0] as ObservedFlow;
    expect(flow).toMatchObject({ src, src_port, dst, dst_port, protocol, sni });
    expect(observedIn(cut)).toHaveLength(1);
  });

  test('crashes nothing wherever it was cut, and shows no flow that is not there', () => {
    const { bytes } = wrapped.at(-1) as { bytes: Uint8Array };
    const [flow] = observedIn(wrapped) as [ObservedFlow];
    const packets = Array.from({ length: bytes.length }, (_, length) => ({
      bytes: bytes.slice(0, length),
      originalLength: bytes.length,
    }));
    const file = temporaryFile(pcapFile({}, packets));
    const flows: ObservedFlow[] = [];
    const { unread, cut } = observe(file, (seen) => flows.push(seen));
    expect(cut).toBe(bytes.length);
    expect(flows).toMatchObject([{ src: flow.src, dst: flow.dst, dst_port: 443 }]);
    expect(Object.keys(unread)).toContain('cut short');
    expect(replay({ file, policy: az2017(PLAIN) })).toMatchObject({ cut });
  });

  test('is put together from fragments inside, and outside where IP is', () => {
    const model = PRESETS.strict;
    const hello = frames.at(-1) as Uint8Array;
    const inside = fragmentsOfSize(hello, 7, 64).map(wrap);
    const head = frames.slice(0, -1).map(wrap);
    expect(blockedBy({ ...model, tunnels: 'open' }, [...head, ...inside])).toBe(true);
    const outer = wrap(hello);
    if (outer[12] !== 0x08 || outer[13] !== 0) return;
    const outside = fragmentsOfSize(outer, 9, 64);
    expect(blockedBy({ ...model, tunnels: 'open' }, [...head, ...outside])).toBe(true);
  });
});

function blockedBy(model: typeof PLAIN, frames: readonly Uint8Array[]): boolean {
  const engine = new Engine({ policy: az2017(model) });
  return frames.some((frame) => engine.decide(frame, 0, frame.length, 0).kind === 'inject');
}

describe('captures without Ethernet', () => {
  const ip = V4.map(ipOf);
  const radiotap = hex`00 00 08 00 00 00 00 00`;
  const wifi = hex`08 01 00 00 02 00 00 00 00 0a 02 00 00 00 00 0b 02 00 00 00 00 0c 00 00`;
  const snap = hex`aa aa 03 00 00 00 08 00`;
  test.each([
    { name: 'PPP', linkType: 9, header: hex`ff 03 00 21` },
    { name: 'PPP without address', linkType: 9, header: hex`00 21` },
    { name: 'PPP in HDLC framing', linkType: 50, header: hex`ff 03 00 21` },
    { name: 'PPP with direction', linkType: 204, header: hex`01 ff 03 00 21` },
    { name: 'Cisco HDLC', linkType: 104, header: hex`0f 00 08 00` },
    { name: 'Frame Relay', linkType: 107, header: hex`18 41 03 cc` },
    { name: 'MPLS', linkType: 219, header: hex`00 01 01 40` },
    { name: 'IEEE 802.11', linkType: 105, header: concat(wifi, snap) },
    { name: 'radiotap', linkType: 127, header: concat(radiotap, wifi, snap) },
    {
      name: 'radiotap, QoS',
      linkType: 127,
      header: concat(radiotap, hex`88`, wifi.slice(1), hex`00 00`, snap),
    },
  ])('$name', ({ linkType, header }) => {
    const packets = ip.map((bytes) => ({ bytes: concat(header, bytes) }));
    expect(only(observedIn(packets, linkType), 'sni')).toEqual([{ sni: 'meydan.tv' }]);
  });

  test('netfilter log', () => {
    const packets = ip.map((bytes) => ({
      bytes: concat(
        hex`02 00 00 00 05 00 0a 00 00 00 00 00`,
        Uint8Array.of((bytes.length + 4) & 255, (bytes.length + 4) >> 8),
        hex`09 00`,
        bytes,
      ),
    }));
    expect(only(observedIn(packets, 239), 'sni')).toEqual([{ sni: 'meydan.tv' }]);
  });
});

describe('captures without Ethernet, cut by a snapshot length, are read as far as they go', () => {
  test.each([
    {
      name: 'PPPoE',
      linkType: 51,
      wrap: (ip: Uint8Array) =>
        concat(
          hex`11 00 00 01`,
          Uint8Array.of((ip.length + 2) >> 8, ip.length + 2),
          hex`00 21`,
          ip,
        ),
    },
    { name: 'MPLS', linkType: 219, wrap: (ip: Uint8Array) => concat(hex`00 01 01 40`, ip) },
  ])('$name', ({ linkType, wrap }) => {
    const packets = V4.map((frame) => {
      const whole = wrap(ipOf(frame));
      const nameAt = Buffer.from(whole).indexOf('meydan.tv');
      const length = nameAt < 0 ? whole.length : nameAt + 9;
      return { bytes: whole.slice(0, length), originalLength: whole.length };
    });
    expect(only(observedIn(packets, linkType), 'sni')).toEqual([{ sni: 'meydan.tv' }]);
  });
});

test('what is not read is told by kind', () => {
  const frames = [
    ethernet(0x0806, new Uint8Array(28)),
    ethernet(0x0806, new Uint8Array(28)),
    ethernet(0x8863, hex`11 09 00 00 00 00`),
    ethernet(0x8864, hex`11 00 00 01 00 04 c0 21 01 01`),
    ethernet(0x1234, new Uint8Array(40)),
    ethernet(0x0026, hex`42 42 03`, new Uint8Array(43)),
    ethernet(0x0800, ipv4(1, new Uint8Array(8))),
    ethernet(0x0800, ipv4(50, new Uint8Array(40))),
    ethernet(0x0800, ipv4(47, hex`00 00 00 00`)),
    ethernet(0x0800, ipv4(200, new Uint8Array(8))),
  ];
  const file = temporaryFile(
    pcapFile(
      {},
      frames.map((bytes) => ({ bytes })),
    ),
  );
  const { unread } = observe(file, () => undefined);
  const want = {
    ...{
      ARP: 2,
      'PPPoE discovery': 1,
      'PPP control': 1,
      'EtherType 0x1234': 1,
      'spanning tree': 1,
    },
    ...{ ICMP: 1, ESP: 1, 'GRE keepalive': 1, 'IP protocol 200': 1 },
  };
  expect(unread).toEqual(want);
  expect(replay({ file, policy: az2017(PLAIN) }).unread).toEqual(want);
});

test('fragments of what is not read are told by its kind once it is whole', () => {
  const ping = ethernet(0x0800, ipv4(1, new Uint8Array(200)));
  const esp = ethernet(0x0800, ipv4(50, new Uint8Array(100)));
  const ends = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 9999 };
  const datagram = udpFrame({ ...ends, payload: new Uint8Array(100) });
  const frames = [ping, esp, datagram].flatMap((frame, i) => fragmentsOfSize(frame, i, 64));
  const packets = frames.map((bytes) => ({ bytes }));
  const file = temporaryFile(pcapFile({}, packets));
  const want = { ICMP: 4, ESP: 2 };
  expect(observe(file, () => undefined).unread).toEqual(want);
  expect(replay({ file, policy: az2017(PRESETS.strict) }).unread).toEqual(want);
});

test('datagrams on the port of a tunnel that carry none stay datagrams', () => {
  const frames = new Conversation({ serverPort: 4789 }).handshake().client(HELLO).frames;
  expect(only(observedIn(frames.map((bytes) => ({ bytes }))), 'sni')).toEqual([
    { sni: 'meydan.tv' },
  ]);
  const garbage = ethernet(
    0x0800,
    ipv4(17, concat(hex`c3 50 12 b5 00 30 00 00 08`, new Uint8Array(39).fill(7))),
  );
  expect(observedIn([{ bytes: garbage }])).toMatchObject([{ transport: 'udp', dst_port: 4789 }]);
});

test.each([
  { port: 3544, want: 'meydan.tv' },
  { port: 9999, want: null },
])('IPv6 in a datagram to port $port is Teredo by its port or by an address', ({ port, want }) => {
  const { frames } = new Conversation({ client: '2001:db8::1', server: '2001:db8::80' })
    .handshake()
    .client(HELLO);
  const way = { src: '192.0.2.1', dst: '192.0.2.2', srcPort: 50_000, dstPort: port };
  const wrapped = frames.map((frame) => udpFrame({ ...way, payload: ipOf(frame) }));
  expect(only(observedIn(wrapped.map((bytes) => ({ bytes }))), 'sni')).toEqual([{ sni: want }]);
});

describe('frames of more than 64 KiB', () => {
  const request = Buffer.from(
    `GET / HTTP/1.1\r\nHost: meydan.tv\r\nX: ${'x'.repeat(66_000)}\r\n\r\n`,
  );

  test.each([
    { name: 'IPv4 with length 0', version: 4, jumbo: hex`` },
    { name: 'IPv6 with length 0', version: 6, jumbo: hex`` },
    { name: 'IPv6 with the jumbo option', version: 6, jumbo: hex`06 00 c2 04 00 01` },
  ])('are read: $name', ({ version, jumbo }) => {
    const ends = version === 4 ? {} : { client: 'fd00::1', server: 'fd00::2' };
    const { frames } = new Conversation({ ...ends, serverPort: 80 }).handshake().client('x');
    const last = (frames[3] as Uint8Array).slice();
    const headers = version === 4 ? 34 : 54;
    last.fill(0, version === 4 ? 16 : 18, version === 4 ? 18 : 20);
    const tcp = concat(last.slice(headers, headers + 20), request);
    let option = jumbo;
    if (jumbo.length > 0) {
      last[20] = 0;
      option = concat(jumbo, Uint8Array.of((tcp.length + 8) >> 8, tcp.length + 8));
    }
    const big = concat(last.slice(0, headers), option, tcp);
    const packets = [...frames.slice(0, 3), big].map((bytes) => ({ bytes }));
    expect(only(observedIn(packets), 'host')).toEqual([{ host: 'meydan.tv' }]);
    const file = temporaryFile(pcapFile({}, packets));
    expect(replay({ file, policy: az2017(PLAIN) }).counters).toMatchObject({
      malformed: 0,
      decisions: 1,
    });
  });
});

const OPEN = { tcpHeader: 'strict', extensionHeaders: 'walk', tunnels: 'open' } as const;
