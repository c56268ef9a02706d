import { fileURLToPath } from 'node:url';
import type { Lab } from 'chokepoint';
import { openLab } from 'chokepoint';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Captured, capture, captureWith, onHost, scenario } from '../support/lab.ts';

describe('the wire carries packets as they are', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ scenario });
  });
  afterAll(() => lab.close());

  test('a bad TCP checksum arrives still bad, and the kernel there counts it', async () => {
    const segment = tcpSyn({ checksum: 0xbad1 });
    const before = await checksumErrors(lab);
    const [, far] = await sendAndCapture(lab, ipv4({ ttl: 64, protocol: 6, payload: segment }));
    const [arrived, ...answers] = tcpOf(far);
    expect(arrived).toMatchObject({ seq: SEQ, checksumIsGood: false });
    expect(answers).toEqual([]);
    expect(await checksumErrors(lab)).toBe(before + 1);
  });

  test('a frame of one MTU arrives whole', async () => {
    const payload = Buffer.alloc(1480, 0xa5);
    Buffer.from('30390009000000000000', 'hex').copy(payload, 0, 0, 8);
    payload.writeUInt16BE(1480, 4);
    const [, far] = await sendAndCapture(lab, ipv4({ ttl: 64, protocol: 17, payload }));
    const sizes = far.filter(({ protocol }) => protocol === 'udp').map((p) => p.frameLength);
    expect(sizes).toEqual([1514]);
  });

  test.each([
    { ttl: 1, router: 'the ISP', from: '198.18.1.1' },
    { ttl: 2, router: 'the exchange behind the middlebox, which takes no hop', from: '198.18.0.2' },
  ])('a TTL of $ttl ends at $router, which says so', async ({ ttl, from }) => {
    const [near, far] = await sendAndCapture(lab, ipv4({ ttl, protocol: 6, payload: tcpSyn({}) }));
    const said = near.filter(({ icmpType }) => icmpType === TIME_EXCEEDED);
    expect(said.map(({ src }) => src)).toEqual([from]);
    expect(tcpOf(far)).toEqual([]);
  });

  test('a TTL of 3 reaches the server', async () => {
    const packet = ipv4({ ttl: 3, protocol: 6, payload: tcpSyn({}) });
    const [near, far] = await sendAndCapture(lab, packet);
    expect(near.filter(({ icmpType }) => icmpType === TIME_EXCEEDED)).toEqual([]);
    expect(tcpOf(far)[0]).toMatchObject({ seq: SEQ });
  });

  test('a datagram from port 0, to a resolver, ends nothing', async () => {
    const query = Buffer.from(
      '00000035001c0000' + '0007010000010000000000000161000001' + '0001',
      'hex',
    );
    query.writeUInt16BE(query.length, 4);
    await sendAndCapture(lab, ipv4({ ttl: 64, protocol: 17, payload: query }));
    const resolve = { probe: 'tcp', url: 'tcp://meydan.tv:80', ip: 4 } as const;
    expect((await lab.probe('control', resolve)).failure).toBeNull();
  });

  test.each([
    { name: 'a VLAN tag', tags: '81002064' },
    { name: 'a VLAN tag of a provider', tags: '88a80065' },
    { name: 'two VLAN tags', tags: '88a8006681000067' },
  ])('$name arrives with its frame', async ({ tags }) => {
    const frame = `ffffffffffff${SENDER}${tags}${EXPERIMENT}${'a5'.repeat(60)}`;
    const beyond = { host: 'exchange', interfaceName: 'to-isp' } as const;
    const [arrived] = await captureWith(framesOfSender, lab, [beyond], () =>
      onHost(lab, 'isp', 'perl', '-e', SEND_FRAME, 'to-exchange', frame),
    );
    expect(arrived).toEqual([frame]);
  });

  test('no frame was lost on the way', async () => {
    const { missed, oversized, overflowed } = await lab.counters();
    expect({ missed, oversized, overflowed }).toEqual({ missed: 0, oversized: 0, overflowed: 0 });
  });
});

/** Captures at the client and at the server. */
async function sendAndCapture(lab: Lab, packet: Buffer): Promise<[Captured[], Captured[]]> {
  const points = [
    { host: 'client', interfaceName: 'eth0' },
    { host: 'server', interfaceName: 'eth0' },
  ] as const;
  const [near = [], far = []] = await capture(lab, points, () =>
    onHost(
      lab,
      'client',
      ...[process.execPath, '--import', 'tsx', PROGRAM, packet.toString('hex')],
      lab.hosts.server.ipv4,
    ),
  );
  return [near, far];
}

/** In hex. */
async function framesOfSender(file: string): Promise<string[]> {
  const options = ['-n', '-r', file, '-T', 'json', '-x', '-Y', 'eth.src == 02:00:00:00:00:01'];
  const { stdout } = await execa('tshark', options);
  const packets: { _source: { layers: { frame_raw: [string] } } }[] = JSON.parse(stdout);
  return packets.map(({ _source }) => _source.layers.frame_raw[0]);
}

async function checksumErrors(lab: Lab): Promise<number> {
  const lines = (await onHost(lab, 'server', 'cat', '/proc/net/snmp')).split('\n');
  const [names = '', values = ''] = lines.filter((line) => line.startsWith('Tcp:'));
  return Number(values.split(' ')[names.split(' ').indexOf('InCsumErrors')]);
}

function tcpOf(packets: readonly Captured[]): Captured[] {
  return packets.filter(({ protocol }) => protocol === 'tcp');
}

function ipv4(fields: { ttl: number; protocol: number; payload: Buffer }): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + fields.payload.length, 2);
  header.writeUInt16BE(0x4000, 6); // do not fragment
  header[8] = fields.ttl;
  header[9] = fields.protocol;
  addressBytes('198.18.1.2').copy(header, 12);
  addressBytes('198.18.3.2').copy(header, 16);
  return Buffer.concat([header, fields.payload]);
}

/** A SYN to port 80 from a port nobody uses; its checksum is right unless another is given. */
function tcpSyn({ checksum }: { checksum?: number }): Buffer {
  const segment = Buffer.alloc(20);
  segment.writeUInt16BE(60_001, 0);
  segment.writeUInt16BE(80, 2);
  segment.writeUInt32BE(SEQ, 4);
  segment[12] = 0x50;
  segment[13] = 0x02;
  segment.writeUInt16BE(64_240, 14);
  segment.writeUInt16BE(checksum ?? rightChecksum(segment), 16);
  return segment;
}

function rightChecksum(segment: Buffer): number {
  const pseudo = Buffer.concat([
    addressBytes('198.18.1.2'),
    addressBytes('198.18.3.2'),
    Buffer.from([0, 6, 0, segment.length]),
    segment,
  ]);
  let sum = 0;
  for (let i = 0; i < pseudo.length; i += 2) sum += pseudo.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function addressBytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

const PROGRAM = fileURLToPath(new URL('../programs/send-crafted.ts', import.meta.url));
const SEQ = 0x11223344;
const SENDER = '020000000001';
/** An EtherType for experiments (IEEE 802, local experimental 1), which no host takes. */
const EXPERIMENT = '88b5';
/** A frame given in hex, from an interface: struct ifreq and struct sockaddr_ll. */
const SEND_FRAME = `
my ($interface, $frame) = @ARGV;
socket(my $socket, 17, 3, 0) or die $!;
my $request = pack 'a16 x24', $interface;
ioctl($socket, 0x8933, $request) or die $!;
my $to = pack 'S n i S C C a8', 17, 0x88b5, unpack('x16 i', $request), 0, 0, 6, '';
send($socket, pack('H*', $frame), 0, $to) or die $!;
`;
const TIME_EXCEEDED = 11;
