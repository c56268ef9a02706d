import { describe, expect, test } from 'vitest';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';
import { observe } from '../../src/replay/observe.ts';
import type { PacketFaults } from '../../src/replay/packet-faults.ts';
import { replay } from '../../src/replay/replay.ts';
import { type Captured, pcapFile } from '../support/capture.ts';
import { az2017 } from '../support/censors.ts';
import { openPlace } from '../support/cli.ts';
import { Conversation } from '../support/conversation.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { temporaryFile } from '../support/folder.ts';
import { fragmentsOfSize } from '../support/fragments.ts';
import { observed } from '../support/observing.ts';
import { ascii, clientHello, edit, httpRequest, tcpFrame } from '../support/packets.ts';
import { TUNNELS } from '../support/tunnels.ts';

const NONE = { ipChecksum: 0, tcpChecksum: 0, udpChecksum: 0, otherVersions: 0 };
const ENDS = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 443 };
const DATA = tcpFrame({ ...ENDS, seq: 1, ack: 1, flags: 'PA', payload: ascii('hello') });
const DNS = udpFrame({ ...ENDS, dstPort: 53, payload: dnsQuery('a.test') });
const DNS6 = udpFrame({ ...ENDS, src: 'fd00::1', dst: 'fd00::2', payload: dnsQuery('a.test') });
const IP_SUM = 24;
const TCP_SUM = 50;
const UDP_SUM = 40;

describe('a wrong checksum is counted, by what it is over', () => {
  test.each<{ name: string; frame: Uint8Array; want: Partial<PacketFaults> }>([
    { name: 'none', frame: DATA, want: {} },
    { name: "IPv4's", frame: edit(DATA, IP_SUM, 1, 2), want: { ipChecksum: 1 } },
    { name: "TCP's", frame: edit(DATA, TCP_SUM, 1, 2), want: { tcpChecksum: 1 } },
    { name: "UDP's", frame: edit(DNS, UDP_SUM, 1, 2), want: { udpChecksum: 1 } },
    { name: 'no sum of UDP over IPv4', frame: edit(DNS, UDP_SUM, 0, 0), want: {} },
    { name: 'no sum of UDP over IPv6', frame: edit(DNS6, 60, 0, 0), want: { udpChecksum: 1 } },
    {
      name: 'two in one packet',
      frame: edit(edit(DATA, IP_SUM, 1, 2), TCP_SUM, 1, 2),
      want: { ipChecksum: 1, tcpChecksum: 1 },
    },
  ])('$name', ({ frame, want }) => {
    expect(faultsIn([{ bytes: frame }])).toEqual({ ...NONE, ...want });
  });

  test.each(TUNNELS)('in a tunnel, of the packet inside: $name', ({ wrap }) => {
    expect(faultsIn([{ bytes: wrap(DATA) }])).toEqual(NONE);
    const wrong = wrap(edit(DATA, TCP_SUM, 1, 2));
    expect(faultsIn([{ bytes: wrong }])).toEqual({ ...NONE, tcpChecksum: 1 });
  });

  test('not of a packet that was cut, nor of a fragment', () => {
    const cut = { bytes: DATA.slice(0, -2), originalLength: DATA.length };
    const parts = fragmentsOfSize(DATA, 7, 24).map((bytes) => ({ bytes }));
    expect(parts).toHaveLength(2);
    expect(faultsIn([cut, ...parts])).toEqual(NONE);
  });
});

describe('a segment with other bytes than an earlier one in the same place is counted', () => {
  const talk = () => new Conversation().handshake();
  const segment = (seq: number, text: string, flags = 'PA') =>
    tcpFrame({ ...ENDS, seq: 1001 + seq, ack: 5001, flags, payload: ascii(text) });
  test.each([
    { name: 'a copy', segments: [segment(0, 'hello'), segment(0, 'hello')], want: 0 },
    { name: 'another', segments: [segment(0, 'hello'), segment(0, 'hallo')], want: 1 },
    { name: 'longer', segments: [segment(0, 'hello'), segment(0, 'hello, you')], want: 0 },
    { name: 'overlapping', segments: [segment(0, 'hello'), segment(3, 'xy')], want: 1 },
    { name: 'before a gap is filled', segments: [segment(5, 'x'), segment(0, 'hello!')], want: 1 },
    { name: 'from before the first', segments: [segment(-2, 'abc'), segment(0, 'c')], want: 0 },
    {
      name: 'a probe with a byte of zero',
      segments: [segment(0, 'ab'), segment(1, '\0')],
      want: 0,
    },
    {
      name: 'a probe with any byte in the place of the last',
      segments: [segment(0, 'ab'), segment(1, '?'), segment(2, 'cd')],
      want: 0,
    },
    {
      name: 'a probe behind one byte that was acknowledged',
      segments: [segment(0, 'a'), acknowledged(1002), segment(0, '?')],
      want: 0,
    },
    {
      name: 'one byte behind one byte that nobody acknowledged',
      segments: [segment(0, 'a'), segment(0, '?')],
      want: 1,
    },
    {
      name: 'behind a copy of what was forgotten',
      segments: [
        ...Array.from({ length: 9 }, (_, i) => segment(i * 1000, 'a'.repeat(1000))),
        segment(0, 'forgotten'),
        segment(8195, 'b'),
      ],
      want: 1,
    },
    {
      name: 'over the end of the window that is remembered',
      segments: [
        segment(0, 'a'.repeat(4000)),
        segment(4000, 'a'.repeat(200)),
        segment(4000, `${'a'.repeat(190)}b`),
      ],
      want: 1,
    },
    {
      name: 'far back in a long stream',
      segments: [
        ...Array.from({ length: 9 }, (_, i) => segment(i * 1000, 'a'.repeat(1000))),
        segment(8000, 'b'),
        segment(0, 'forgotten'),
      ],
      want: 1,
    },
  ])('$name', ({ segments, want }) => {
    const { frames } = talk();
    expect(faultsIn([...frames, ...segments].map((bytes) => ({ bytes })))).toEqual({
      ...NONE,
      otherVersions: want,
    });
    expect(observed(...frames, ...segments)).toMatchObject([{ other_versions: want }]);
  });

  test('of data on a SYN that the server did not take, as the summary has it', () => {
    const ends = { ...ENDS, ack: 0, flags: 'S' };
    const frames = ['a', 'b'].map((text) => tcpFrame({ ...ends, seq: 9, payload: ascii(text) }));
    const back = { src: ENDS.dst, srcPort: ENDS.dstPort, dst: ENDS.src, dstPort: ENDS.srcPort };
    frames.push(tcpFrame({ ...back, seq: 5, ack: 10, flags: 'SA' }));
    expect(faultsIn(frames.map((bytes) => ({ bytes }))).otherVersions).toBe(1);
    expect(observed(...frames)).toMatchObject([{ other_versions: 1 }]);
  });

  test('sequence numbers that pass zero', () => {
    const { frames } = new Conversation({ clientIsn: 0xffff_fffe }).handshake();
    const [one, other] = ['hello', 'hellx'].map((text) =>
      tcpFrame({ ...ENDS, seq: 0xffff_ffff, ack: 5001, flags: 'PA', payload: ascii(text) }),
    ) as [Uint8Array, Uint8Array];
    expect(faultsIn([...frames, one, one, other].map((bytes) => ({ bytes })))).toEqual({
      ...NONE,
      otherVersions: 1,
    });
  });

  test('not in a later connection of the same ports', () => {
    const [first, second] = [1000, 900_000].map((clientIsn) =>
      new Conversation({ clientIsn }).handshake().client(`as of ${clientIsn}`).finish(),
    ) as [Conversation, Conversation];
    const frames = [...first.frames, ...second.frames];
    expect(faultsIn(frames.map((bytes) => ({ bytes })))).toEqual(NONE);
  });

  test('of the server too, as where an injected answer races the real one', () => {
    const { frames } = talk().client(httpRequest({ host: 'a.test' }));
    const answer = (text: string) =>
      tcpFrame({ ...reversed(), seq: 5001, ack: 1043, flags: 'PA', payload: ascii(text) });
    const both = [...frames, answer('HTTP/1.1 302 Found\r\n'), answer('HTTP/1.1 200 OK\r\n\r\n')];
    expect(faultsIn(both.map((bytes) => ({ bytes })))).toEqual({ ...NONE, otherVersions: 1 });
  });
});

describe('the command line says how many there are, and what is made of them', () => {
  const { frames } = new Conversation().handshake().client(clientHello({ sni: 'meydan.tv' }));
  const hello = frames.at(-1) as Uint8Array;
  const wrong = edit(edit(edit(hello, IP_SUM, 1, 2), TCP_SUM, 1, 2), hello.length - 1, 7);
  const file = (place: ReturnType<typeof openPlace>) =>
    place.write(
      'x.pcap',
      pcapFile(
        {},
        [...frames, edit(hello, 80, 1), wrong, edit(DNS, UDP_SUM, 1, 2)].map((bytes) => ({
          bytes,
        })),
      ),
    );

  test('replay: by the knobs of the censor', async () => {
    const place = openPlace();
    const capture = file(place);
    const { stderr, stdout } = await place.run([
      'replay',
      capture,
      '--scenario',
      'az-2017',
      '--json',
    ]);
    expect(stderr).toContain(
      '1 packet has a wrong IPv4 header checksum: read all the same (validate.ip_checksum: false)',
    );
    expect(stderr).toContain(
      '2 packets have a wrong TCP checksum: read all the same (validate.tcp_checksum: false)',
    );
    expect(stderr).toContain('1 packet has a wrong UDP checksum: read all the same');
    expect(stderr).toContain(
      '2 segments have other bytes than earlier ones in the same place: each segment is read alone (stream.mode: packet)',
    );
    expect(JSON.parse(stdout.trim().split('\n').at(-1) as string)).toMatchObject({
      wrong_checksums: { ip: 1, tcp: 2, udp: 1 },
      other_versions: 2,
    });
  });

  test('replay: a strict censor does not believe them', async () => {
    const place = openPlace();
    const censor = place.write('strict.yaml', STRICT);
    const { stderr } = await place.run(['replay', file(place), '--censor', censor]);
    expect(stderr).toContain('1 packet has a wrong IPv4 header checksum: not believed');
    expect(stderr).toContain('2 packets have a wrong TCP checksum: not believed (validate.tcp');
    expect(stderr).toContain('what Linux keeps is read (stream.overlap: linux)');
  });

  test('--observe: all were read', async () => {
    const place = openPlace();
    const { stderr } = await place.run(['replay', file(place), '--observe']);
    expect(stderr).toContain(
      '2 packets have a wrong TCP checksum: read all the same: the card of the host',
    );
    expect(stderr).toContain('2 segments have other bytes than earlier ones');
  });
});

const STRICT = `model: { preset: strict }
rules:
  - name: sites
    trigger: { match: tls.sni, domains: [meydan.tv] }
    action: { do: drop }
`;

function acknowledged(ack: number) {
  return tcpFrame({ ...reversed(), seq: 5001, ack, flags: 'A' });
}

function reversed() {
  return { src: ENDS.dst, srcPort: ENDS.dstPort, dst: ENDS.src, dstPort: ENDS.srcPort };
}

/** As observed, where replay counts the same, whatever the model believes. */
function faultsIn(packets: readonly Captured[]): PacketFaults {
  const file = temporaryFile(pcapFile({}, packets));
  const { faults } = observe(file, () => undefined);
  for (const model of [PLAIN, PRESETS.strict]) {
    expect(replay({ file, policy: az2017(model) }).faults).toEqual(faults);
  }
  return faults;
}
