import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HostName, type Lab, loadScenario, type OpenLabOptions, openLab } from 'chokepoint';
import { execa } from 'execa';

export const scenario = loadScenario('az-2017');

/** A lab of az-2017 for the length of `use`; it is closed whatever happens. */
export async function withLab<T>(
  options: Omit<OpenLabOptions, 'scenario'>,
  use: (lab: Lab) => Promise<T>,
): Promise<T> {
  const lab = await openLab({ scenario, ...options });
  try {
    return await use(lab);
  } finally {
    await lab.close();
  }
}

/** A folder for the length of `use`. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a program on a host printed; rejects when it fails, with what it said. */
export async function onHost(lab: Lab, host: HostName, ...command: string[]): Promise<string> {
  const child = lab.spawn(host, command);
  let said = '';
  let complained = '';
  child.stdout?.on('data', (chunk) => {
    said += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    complained += String(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command.join(' ')} on ${host}: status ${code}: ${complained}`);
  return said;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** One packet as tshark, which knows nothing of us, reads it. Sequence numbers are as on the wire. */
export interface Captured {
  /** Where it was captured; of a box, `<network>-left` or `<network>-right`, without the network where there is one box. */
  readonly interfaceName: string;
  /** Address and port; the address alone where the protocol has no ports. */
  readonly src: string;
  readonly dst: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly isReset: boolean;
  readonly seq: number;
  readonly ack: number;
  readonly payloadLength: number;
  readonly frameLength: number;
  readonly checksumIsGood: boolean;
  readonly icmpType: number | undefined;
}

/** Captures with dumpcap on an interface of a host while `during` runs, and a little longer. */
export function capture(
  lab: Lab,
  points: readonly CapturePoint[],
  during: () => Promise<unknown>,
): Promise<Captured[][]> {
  return captureWith(readCapture, lab, points, during);
}

/** As `capture`, with another reader of the files. */
export async function captureWith<T>(
  read: (file: string) => Promise<T>,
  lab: Lab,
  points: readonly CapturePoint[],
  during: () => Promise<unknown>,
): Promise<T[]> {
  return withFolder(async (folder) => {
    const files = points.map((_, i) => join(folder, `${i}.pcapng`));
    const dumps = await Promise.all(
      points.map((point, i) => startDump(lab, point, files[i] as string)),
    );
    await during();
    await pause(SETTLE);
    await Promise.all(dumps.map((stop) => stop()));
    return Promise.all(files.map(read));
  });
}

interface CapturePoint {
  readonly host: HostName;
  readonly interfaceName: string;
}

/** Resolves when dumpcap captures, with a function that ends it. */
async function startDump(
  lab: Lab,
  { host, interfaceName }: CapturePoint,
  file: string,
): Promise<() => Promise<void>> {
  const script = 'dumpcap -q -i "$1" -w "$2" & pid=$!; read -r _; kill -INT $pid; wait $pid';
  const child = lab.spawn(host, ['sh', '-c', script, 'sh', interfaceName, file]);
  const closed = once(child, 'close');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('File: ')) resolve();
    });
    child.once('close', () => reject(new Error(`dumpcap on ${host} did not start: ${said}`)));
  });
  return async () => {
    child.stdin?.end('\n');
    await closed;
  };
}

/** Packets of TCP, UDP and ICMP in a capture file. */
export async function readCapture(file: string): Promise<Captured[]> {
  const fields = FIELDS.flatMap((field) => ['-e', field]);
  const options = ['tcp.relative_sequence_numbers:FALSE', 'tcp.check_checksum:TRUE'];
  const { stdout } = await execa('tshark', [
    ...['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f', '-Y', 'tcp or udp or icmp'],
    ...options.flatMap((option) => ['-o', option]),
    ...fields,
  ]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(readLine);
}

function readLine(line: string): Captured {
  const values = line.split('\t');
  const field = (name: (typeof FIELDS)[number]): string => values[FIELDS.indexOf(name)] ?? '';
  const port = (end: 'src' | 'dst'): string => field(`tcp.${end}port`) || field(`udp.${end}port`);
  const endpoint = (end: 'src' | 'dst'): string => {
    const address = field(`ip.${end}`) || field(`ipv6.${end}`);
    if (port(end) === '' || field('icmp.type') !== '') return address;
    return address.includes(':') ? `[${address}]:${port(end)}` : `${address}:${port(end)}`;
  };
  const isIcmp = field('icmp.type') !== '';
  return {
    interfaceName: field('frame.interface_name'),
    src: endpoint('src'),
    dst: endpoint('dst'),
    protocol: isIcmp ? 'icmp' : field('tcp.srcport') === '' ? 'udp' : 'tcp',
    isReset: ['1', 'True'].includes(field('tcp.flags.reset')),
    seq: Number(field('tcp.seq')),
    ack: Number(field('tcp.ack')),
    payloadLength: Number(field('tcp.len')),
    frameLength: Number(field('frame.len')),
    checksumIsGood: ['1', 'Good'].includes(field('tcp.checksum.status')),
    icmpType: isIcmp ? Number(field('icmp.type')) : undefined,
  };
}

/** Longer than a round trip and than dumpcap takes to write what it has: nothing may be missing at the end. */
const SETTLE = 600;
const FIELDS = [
  'frame.interface_name',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
  'tcp.flags.reset',
  'tcp.seq',
  'tcp.ack',
  'tcp.len',
  'frame.len',
  'tcp.checksum.status',
  'icmp.type',
] as const;
