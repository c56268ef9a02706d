import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PCAPNG_BUFFER_LENGTH, PcapngWriter } from '../../src/dataplane/pcapng.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-pcapng-'));
  file = join(folder, 'x.pcapng');
});
afterEach(() => rmSync(folder, { recursive: true }));

const FRAME = Uint8Array.from({ length: 61 }, (_, i) => i);
const AT = 1_490_614_200_000.25; // 2017-03-27 11:30:00.000250 UTC

test('a packet has its interface, time, direction, bytes and comment', () => {
  const writer = new PcapngWriter(file, ['left', 'right']);
  writer.write({ interfaceIndex: 1, isOutbound: true, at: AT, comment: 'why – so' }, FRAME, 1, 61);
  writer.close();
  const blocks = readBlocks(file);
  expect(blocks.map(({ type }) => type)).toEqual([SECTION, INTERFACE, INTERFACE, PACKET]);
  const { body } = blocks[3] as Block;
  expect(body.readUInt32LE(0)).toBe(1);
  const microseconds = body.readUInt32LE(4) * 2 ** 32 + body.readUInt32LE(8);
  expect(microseconds).toBe(1_490_614_200_000_250);
  expect([body.readUInt32LE(12), body.readUInt32LE(16)]).toEqual([60, 60]);
  expect([...body.subarray(20, 80)]).toEqual([...FRAME.subarray(1)]);
  expect(body.readUInt32LE(84)).toBe(2); // epb_flags: outbound
  expect(body.toString('utf8', 92, 92 + body.readUInt16LE(90))).toBe('why – so');
});

test('nothing is lost when the buffer fills', () => {
  const writer = new PcapngWriter(file, ['left']);
  const count = Math.ceil(PCAPNG_BUFFER_LENGTH / 100) * 3;
  for (let i = 0; i < count; i++) {
    writer.write({ interfaceIndex: 0, isOutbound: false, at: i }, FRAME, 0, FRAME.length);
  }
  writer.close();
  expect(readBlocks(file).filter(({ type }) => type === PACKET)).toHaveLength(count);
});

test('a second writer adds a section', () => {
  new PcapngWriter(file, ['left']).close();
  new PcapngWriter(file, ['left']).close();
  expect(readBlocks(file).map(({ type }) => type)).toEqual([
    SECTION,
    INTERFACE,
    SECTION,
    INTERFACE,
  ]);
});

test.each([
  { name: 'a block cut short', damage: () => truncateSync(file, readFileSync(file).length - 5) },
  { name: 'half a block header', damage: () => appendFileSync(file, Buffer.from('0600', 'hex')) },
  { name: 'a length of zero', damage: () => appendFileSync(file, Buffer.alloc(64)) },
])('$name at the end is cut off before more is added', ({ name, damage }) => {
  const writer = new PcapngWriter(file, ['left']);
  writer.write({ interfaceIndex: 0, isOutbound: false, at: AT }, FRAME, 0, 61);
  writer.write({ interfaceIndex: 0, isOutbound: false, at: AT }, FRAME, 0, 61);
  writer.close();
  damage();
  new PcapngWriter(file, ['left']).close();
  const kept = name === 'a block cut short' ? [PACKET] : [PACKET, PACKET];
  const types = readBlocks(file).map(({ type }) => type);
  expect(types).toEqual([SECTION, INTERFACE, ...kept, SECTION, INTERFACE]);
});

interface Block {
  readonly type: number;
  readonly body: Buffer;
}

/** Every block of the file; both lengths of each must agree, and the file must end with a block. */
function readBlocks(path: string): Block[] {
  const bytes = readFileSync(path);
  const blocks: Block[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    expect(bytes.readUInt32LE(at + length - 4)).toBe(length);
    const body = bytes.subarray(at + 8, at + length - 4);
    blocks.push({ type: bytes.readUInt32LE(at), body });
    at += length;
  }
  return blocks;
}

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const PACKET = 6;
