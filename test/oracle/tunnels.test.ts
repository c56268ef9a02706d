import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PLAIN } from '../../src/policy/presets.ts';
import { observe } from '../../src/replay/observe.ts';
import { replay } from '../../src/replay/replay.ts';
import {
  type Captured,
  enhancedPacket,
  interfaceBlock,
  pcapFile,
  sectionHeader,
} from '../support/capture.ts';
import { az2017 } from '../support/censors.ts';
import { Conversation, type Ends } from '../support/conversation.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { temporaryFile, temporaryFolder } from '../support/folder.ts';
import {
  fieldsOfTshark,
  ourReadings,
  type PacketReading,
  readingsOfTshark,
} from '../support/packet-readings.ts';
import { clientHello, concat, hex } from '../support/packets.ts';
import { Random } from '../support/random.ts';
import { ipOf, TUNNELS, TUNNELS_OF_IPV6 } from '../support/tunnels.ts';

/* Packets in tunnels, made here: who speaks to whom inside, and which names are asked for, as tshark reads it. */

const UNKNOWN_TO_TSHARK = 'tags 0x9200 and 0x9300';
const OPTIONS = [
  ...[
    '-d',
    'udp.port==8472,vxlan',
    '-d',
    'mpls.label==17,pwethnocw',
    '-d',
    'mpls.label==18,pwethcw',
  ],
  ...['-o', 'tcp.reassemble_out_of_order:TRUE', '-o', 'tls.desegment_ssl_records:TRUE'],
];
const CHECKED = [
  ...['tcp.flags.reset', 'ip.checksum.status', 'tcp.checksum.status', 'udp.checksum.status'],
  ...['_ws.expert.message', 'gre.checksum.status'],
];
const CHECK = [
  'ip.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
].flatMap((preference) => ['-o', preference]);
const NESTED = 1000;
const LINKS = [
  { linkType: 0, header: hex`02 00 00 00` },
  { linkType: 9, header: hex`ff 03 00 21` },
  { linkType: 50, header: hex`ff 03 00 21` },
  { linkType: 101, header: hex`` },
  { linkType: 104, header: hex`0f 00 08 00` },
  { linkType: 107, header: hex`18 41 03 cc` },
  { linkType: 108, header: hex`00 00 00 02` },
  { linkType: 113, header: hex`00 00 00 01 00 06 02 00 0a 00 00 01 00 00 08 00` },
  {
    linkType: 127,
    header: hex`00 00 08 00 00 00 00 00 08 01 00 00 02 00 00 00 00 0a 02 00 00 00 00 0b 02 00 00 00 00 0c 00 00 aa aa 03 00 00 00 08 00`,
  },
  { linkType: 204, header: hex`01 ff 03 00 21` },
  { linkType: 228, header: hex`` },
  { linkType: 276, header: hex`08 00 00 00 00 00 00 03 00 01 00 06 02 00 0a 00 00 01 00 00` },
];
const WRAPPINGS = [
  ...TUNNELS.map((tunnel) => ({ ...tunnel, ends: { client: '10.0.0.1', server: '198.18.0.80' } })),
  ...TUNNELS_OF_IPV6.map((tunnel) => ({
    ...tunnel,
    ends: { client: '2001:0:102:304::1', server: '2001:db8::80' },
  })),
].filter(({ name }) => name !== UNKNOWN_TO_TSHARK);
type Wrapping = (typeof WRAPPINGS)[number];
const MARKED = Buffer.alloc(60, 0x5a);
/** How long a session's cookie is was agreed on elsewhere, so tshark is told. */
const L2TP = [
  { name: 'L2TPv3', cookie: '8 Byte Cookie' },
  { name: 'L2TPv3 over UDP', cookie: 'None' },
];
const NESTABLE = WRAPPINGS.filter(({ name }) => !name.startsWith('L2TPv3'));

test.each([
  { name: 'every wrapping', wrappings: NESTABLE, options: OPTIONS },
  ...L2TP.map(l2tpGroup),
])('the same packets and names are read in $name', ({ wrappings, options }) => {
  const sent = wrappings.flatMap(({ name, wrap, ends }, i) => {
    const frames = conversations(ends, i).map(wrap);
    return frames.map((frame) => ({ frame, label: `${ends.client} in ${name}` }));
  });
  const file = temporaryFile(pcapFile({}, captured(sent.map(({ frame }) => frame))));
  const theirs = readingsOfTshark(file, options);
  expect(theirs.flatMap(({ names }) => names)).toHaveLength(4 * wrappings.length);
  expect(disagreements(theirs, ourReadings(file), (i) => sent[i]?.label)).toEqual([]);
});

test('wrappings within wrappings are read as tshark reads them', () => {
  const random = new Random(15);
  const sent = Array.from({ length: NESTED }, (_, i) => nested(random, i));
  const file = temporaryFile(pcapFile({}, captured(sent.map(({ frame }) => frame))));
  const theirs = readingsOfTshark(file, OPTIONS);
  expect(disagreements(theirs, ourReadings(file), (i) => sent[i]?.label)).toEqual([]);
  expect(theirs.filter(({ packet }) => packet !== null).length).toBeGreaterThan(NESTED * 0.9);
});

test('packets that were cut are read as far as tshark reads them', () => {
  const random = new Random(16);
  const packets = Array.from({ length: NESTED }, (_, i) => {
    const { frame } = nested(random, i);
    const bytes = frame.slice(0, random.int(14, frame.length));
    return { bytes, originalLength: frame.length };
  });
  const file = temporaryFile(pcapFile({}, packets));
  const endsOf = (packet: string | null) => packet?.replace(/ seq .*| length .*/, '');
  const wholeHeader = ['tcp.urgent_pointer', 'udp.checksum'];
  const isWhole = fieldsOfTshark(file, ['frame.protocols', ...wholeHeader], OPTIONS);
  const flows = new Set<string>();
  observe(file, (flow) => {
    const [src, dst] = [`${flow.src} ${flow.src_port}`, `${flow.dst} ${flow.dst_port}`];
    flows.add(`${flow.transport} ${src} > ${dst}`).add(`${flow.transport} ${dst} > ${src}`);
  });
  const theirs = readingsOfTshark(file, OPTIONS).filter((_, i) => {
    const [protocols = '', urgent, sum] = isWhole[i] ?? [];
    return /:tcp(:|$)/.test(protocols)
      ? urgent !== ''
      : /:udp:(dns|data)$/.test(protocols) && sum !== '';
  });
  const missing = theirs.filter(({ packet }) => !flows.has(endsOf(packet) ?? ''));
  expect(missing).toEqual([]);
  expect(theirs.length).toBeGreaterThan(100);
});

test.each(LINKS)('on a link of type $linkType, the same is read', ({ linkType, header }) => {
  const frames = conversations({}, linkType).map((frame) => concat(header, ipOf(frame)));
  const file = temporaryFile(pcapFile({ linkType }, captured(frames)));
  const theirs = readingsOfTshark(file, OPTIONS);
  expect(theirs.flatMap(({ names }) => names)).toHaveLength(4);
  expect(ourReadings(file)).toEqual(theirs);
});

test('interfaces of every link type in one file are read as tshark reads them', () => {
  const packets = LINKS.flatMap(({ header, linkType }, interfaceIndex) =>
    conversations({}, linkType).map((frame, i) =>
      enhancedPacket({ bytes: concat(header, ipOf(frame)), interfaceIndex, ticks: BigInt(i) }),
    ),
  );
  const interfaces = LINKS.map(({ linkType }) => interfaceBlock({ linkType }));
  const file = temporaryFile(concat(sectionHeader(), ...interfaces, ...packets));
  expect(ourReadings(file)).toEqual(readingsOfTshark(file, OPTIONS));
});

test('tshark finds no fault in the resets that a box injects into tunnels', () => {
  const made = NESTABLE.flatMap(({ ends, wrap }, i) => {
    const host = { ...ends, clientPort: 10_000 + i };
    return new Conversation(host)
      .handshake()
      .client(clientHello({ sni: 'meydan.tv' }))
      .frames.map(wrap);
  });
  const annotate = join(temporaryFolder(), 'annotated.pcapng');
  const file = temporaryFile(pcapFile({}, captured(made)));
  replay({ file, policy: az2017(PLAIN), annotate });
  const rows = fieldsOfTshark(annotate, CHECKED, [...OPTIONS, ...CHECK]);
  const resets = rows.filter(([flags]) => flags?.split('|').at(-1) === '1');
  expect(resets).toHaveLength(2 * NESTABLE.length);
  const faulty = resets.filter(([, ...statuses]) => statuses.some((text) => /(^|\|)0/.test(text)));
  expect(faulty).toEqual([]);
  expect(resets.filter((row) => row.some((text) => text.includes('alformed')))).toEqual([]);
});

/** Frames of a request in two segments, a second behind it, a hello, and a question over UDP; four names. */
function conversations(ends: Ends, number: number): Uint8Array[] {
  const { client = '10.0.0.1', server = '198.18.0.80' } = ends;
  const clientPort = 10_000 + number;
  const request = (name: string): string => `GET / HTTP/1.1\r\nHost: ${name}${number}.test\r\n\r\n`;
  const web = new Conversation({ ...ends, clientPort, serverPort: 80 }).handshake();
  web.client(request('a'), { size: 20 }).client(request('b'));
  const tls = new Conversation({ ...ends, clientPort }).handshake();
  tls.client(clientHello({ sni: `c${number}.test` }), { size: 70 });
  const udp = { src: client, dst: server, srcPort: clientPort, dstPort: 53 };
  return [...web.frames, ...tls.frames, udpFrame({ ...udp, payload: dnsQuery(`d${number}.test`) })];
}

/** The packets that are read otherwise, each with what it is or its place. */
function disagreements(
  theirs: readonly PacketReading[],
  ours: readonly PacketReading[],
  labelOf: (i: number) => string | undefined = (i) => String(i),
): unknown[] {
  expect(ours).toHaveLength(theirs.length);
  return theirs.flatMap((reading, i) => {
    const isSame = JSON.stringify(reading) === JSON.stringify(ours[i]);
    return isSame ? [] : [{ label: labelOf(i), theirs: reading, ours: ours[i] }];
  });
}

function l2tpGroup({ name, cookie }: (typeof L2TP)[number]) {
  const agreed = [`l2tp.cookie_size:${cookie}`, 'l2tp.l2_specific:None'];
  const options = [
    ...agreed.flatMap((preference) => ['-o', preference]),
    '-d',
    'l2tp.pw_type==0,eth',
  ];
  return { name, wrappings: WRAPPINGS.filter((wrapping) => wrapping.name === name), options };
}

/** One of the frames of conversations in two to four wrappings; the label names them, outermost first. */
function nested(random: Random, i: number): { readonly frame: Uint8Array; readonly label: string } {
  const { ends, wrap, name } = random.pick(NESTABLE);
  let frame = wrap(random.pick(conversations(ends, i)));
  let label = name;
  for (let count = random.int(1, 3); count > 0; count--) {
    const outer = random.pick(NESTABLE.filter((tunnel) => fits(tunnel, frame)));
    frame = outer.wrap(frame);
    label = `${outer.name} < ${label}`;
  }
  return { frame, label };
}

function captured(frames: readonly Uint8Array[]): Captured[] {
  return frames.map((bytes, i) => ({ bytes, ticks: BigInt(i) * 1000n }));
}

/** One that takes a whole frame goes around anything; one that takes a packet, around its version of IP. */
function fits({ name, wrap, ends }: Wrapping, frame: Uint8Array): boolean {
  const type = (frame[12] as number) * 256 + (frame[13] as number);
  // tshark expects an EtherType behind the tags of a backbone.
  if (name === 'a backbone frame') return type > 1535;
  const isOverFrames = Buffer.from(wrap(MARKED)).includes(MARKED);
  return isOverFrames || type === (ends.client.includes(':') ? 0x86dd : 0x0800);
}
