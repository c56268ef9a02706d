import { execFileSync } from 'node:child_process';
import { createWriteStream, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { pcapFile } from '../support/capture.ts';
import { chokepoint, finished, openPlace } from '../support/cli.ts';
import { Conversation } from '../support/conversation.ts';
import { concat, httpRequest } from '../support/packets.ts';
import { until } from '../support/processes.ts';

const PACKETS = new Conversation()
  .handshake()
  .client(httpRequest({ host: 'meydan.tv' }))
  .frames.map((bytes) => ({ bytes }));
const CAPTURE = pcapFile({}, PACKETS);
/** Ends as soon as it is loaded, for its pipe's writer sends no more. */
const LIMIT = 30_000;

test(
  'a decision is printed while the writer of the pipe keeps it open',
  async () => {
    const { started, stdin } = start(['-', '--scenario', 'az-2017']);
    stdin.write(CAPTURE);
    await says(started.stdout, 'drop rule="blocked site, HTTP"');
    started.kill('SIGINT');
    const { exitCode, stderr } = finished(await started);
    expect(stderr).toContain('4 packets, 1 decision, 1 dropped');
    expect(stderr).toContain('interrupted: all packets that had come were read');
    expect(exitCode).toBe(0);
  },
  LIMIT,
);

test(
  'what was observed is printed on SIGTERM, though half a packet has come',
  async () => {
    const { started, stdin } = start(['-', '--observe']);
    const other = Buffer.from(pcapFile({}, [{ bytes: resetOf() }])).subarray(24);
    stdin.write(concat(CAPTURE, other, CAPTURE.subarray(24, 60)));
    await says(started.stdout, '"dst_port":8080'); // a second after its RST
    started.kill('SIGTERM');
    const { exitCode, stdout, stderr } = finished(await started);
    expect(stdout).toContain('"host":"meydan.tv"');
    expect(stderr).toContain('5 packets, 2 flows');
    expect(exitCode).toBe(0);
  },
  LIMIT,
);

test.each([
  { name: 'whose writer stalls', isWritten: true, says: '4 packets, 1 decision' },
  { name: 'that nobody writes to', isWritten: false, says: 'before the capture began' },
])(
  'a signal ends a FIFO $name',
  async ({ isWritten, says: text }) => {
    const place = openPlace();
    const fifo = join(place.cwd, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const started = place.start(chokepoint(['replay', fifo, '--scenario', 'az-2017']));
    const writer = isWritten ? createWriteStream(fifo) : undefined;
    writer?.write(CAPTURE);
    if (isWritten) await says(started.stdout as Readable, 'drop rule=');
    else await until('it reads the FIFO', () => hasOpen(started.pid, fifo));
    started.kill('SIGINT');
    const { stderr } = finished(await started);
    writer?.destroy();
    expect(stderr).toContain(text);
  },
  LIMIT,
);

test(
  'a pipe that is closed gives what the file gives',
  async () => {
    const place = openPlace();
    const file = place.write('a.pcap', CAPTURE);
    for (const options of [['--observe'], ['--scenario', 'az-2017']]) {
      const ofFile = await place.run(['replay', file, ...options]);
      const ofPipe = await place.run(['replay', '-', ...options], { input: CAPTURE });
      expect(ofPipe).toEqual(ofFile);
      expect(ofFile.exitCode).toBe(0);
    }
  },
  LIMIT,
);

test(
  'a reader that has seen enough ends it quietly',
  async () => {
    const { started, stdin } = start(['-', '--scenario', 'az-2017']);
    stdin.on('error', () => undefined);
    stdin.write(CAPTURE);
    const stdout = started.stdout as Readable;
    await says(stdout, 'drop rule=');
    stdout.destroy();
    stdin.write(CAPTURE.subarray(24));
    const { exitCode, stderr } = finished(await started);
    expect([exitCode, stderr]).toEqual([0, '']);
  },
  LIMIT,
);

function start(args: readonly string[]) {
  const stdin = new PassThrough();
  const started = openPlace().start(chokepoint(['replay', ...args]), { input: stdin });
  return { started, stdin };
}

async function says(stream: Readable | null | undefined, text: string): Promise<void> {
  let said = '';
  stream?.on('data', (piece) => {
    said += String(piece);
  });
  await until(`it says ${text}`, () => said.includes(text));
}

function hasOpen(pid: number | undefined, file: string): boolean {
  const files = `/proc/${pid}/fd`;
  return readdirSync(files).some((fd) => linkOf(join(files, fd)) === file);
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // it was closed meanwhile
  }
}

function resetOf(): Uint8Array {
  const { frames } = new Conversation({ serverPort: 8080 }).handshake();
  const reset = (frames[2] as Uint8Array).slice();
  reset[47] = 0x14;
  return reset;
}
