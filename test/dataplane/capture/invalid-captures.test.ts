import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ChokepointError } from '../../../src/base/errors.ts';
import { FrameView } from '../../../src/dataplane/capture/link-layer.ts';
import { PacketRecord } from '../../../src/dataplane/capture/packet-record.ts';
import {
  block,
  comment,
  enhancedPacket,
  interfaceBlock,
  obsoletePacket,
  pcapFile,
  readCapture,
  sectionHeader,
  simplePacket,
} from '../../support/capture.ts';
import { temporaryFile, temporaryFolder } from '../../support/folder.ts';
import { ascii, concat, edit, hex } from '../../support/packets.ts';

/** Who root may become, and who may read nothing of ours. */
const NOBODY = 65534;
const BYTES = hex`01 02 03 04`;
const HEAD = concat(sectionHeader(), interfaceBlock());
const PACKET = enhancedPacket({ bytes: BYTES });

describe('a file that is no capture', () => {
  test.each([
    { found: 'the end of an empty file', bytes: '' },
    { found: 'bytes 7f 45 4c 46 02 01 01 00', bytes: hex`7f 45 4c 46 02 01 01 00 00` },
    { found: 'bytes 0a 0d 0d 0a 1c', bytes: hex`0a 0d 0d 0a 1c` },
    { found: 'a gzip file', bytes: hex`1f 8b 08 00`, hint: /gunzip -c .*chokepoint replay -/ },
    { found: 'a Zstandard file', bytes: hex`28 b5 2f fd 04`, hint: /zstd -dc/ },
    { found: 'a modified pcap file (magic 0xa1b2cd34)', bytes: hex`34 cd b2 a1 02 00 04 00` },
    { found: 'a modified pcap file (magic 0xa1b2cd34)', bytes: hex`a1 b2 cd 34 00 02 00 04` },
    { found: 'a Sun snoop capture', bytes: ascii('snoop\0\0\0\0\0\0\x02'), hint: /editcap/ },
    { found: 'a Microsoft Network Monitor 2 capture', bytes: ascii('GMBU\x01\x02') },
    { found: 'a HAR file', bytes: '{\n  "log": {"entries": []}}', hint: /no packets/ },
    { found: 'JSON text', bytes: '[{"_source": {}}]' },
    { found: 'a hex dump', bytes: '0000  00 11 22 33\n', hint: /text2pcap/ },
    { found: 'text', bytes: 'id: az-2017\n', hint: /--scenario/ },
  ])('is refused: $found', ({ found, bytes, hint = /./ }) => {
    const path = temporaryFile(bytes);
    const error = refusal(path);
    expect(error.message).toContain(`${path}: at byte 0: found ${found}`);
    expect(error.message).toContain('expected a pcap or pcapng file');
    expect(error.hint).toMatch(hint);
  });

  test('is refused: a directory', () => {
    const folder = temporaryFolder();
    expect(refusal(folder).message).toBe(`${folder}: a directory; expected a capture file`);
  });

  test('is refused: a file that is not there', () => {
    const path = join(temporaryFolder(), 'gone.pcap');
    expect(refusal(path).message).toBe(`${path}: no such file`);
  });

  test('is refused: a file that must not be read', () => {
    const path = temporaryFile(pcapFile({}, []));
    chmodSync(path, 0);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      expect(refusal(path).message).toBe(`${path}: permission denied`);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe('a capture that contradicts itself', () => {
  const damaged = edit(PACKET, PACKET.length - 4, 0x28);
  const described = `found a packet of interface 1, expected one of the 1 described before it`;
  test.each([
    {
      name: 'half a pcap header',
      bytes: pcapFile({}, []).subarray(0, 20),
      want: 'at byte 0: found 20 bytes, expected a pcap header of 24 bytes',
    },
    {
      name: 'another version of pcap',
      bytes: pcapFile({ version: [2, 3] }, []),
      want: 'at byte 4: found pcap version 2.3, expected 2.4',
    },
    {
      name: 'more captured than there was',
      bytes: pcapFile({}, [{ bytes: BYTES }, { bytes: BYTES, originalLength: 3 }]),
      want: 'at byte 44: found a packet of 4 captured bytes, expected at most its 3 on the wire',
    },
    {
      name: 'a packet that is too long',
      bytes: edit(pcapFile({}, [{ bytes: BYTES }]), 32, 1, 0, 4, 0),
      want: 'at byte 24: found a packet of 262145 captured bytes, expected at most 262144',
    },
    {
      name: 'a byte-order magic that is none',
      bytes: edit(HEAD, 8, 0),
      want: 'at byte 8: found byte-order magic 0x003c2b1a, expected 0x1a2b3c4d in either order',
    },
    {
      name: 'another version of pcapng',
      bytes: sectionHeader('big', [2, 0]),
      want: 'at byte 12: found pcapng version 2.0, expected 1.0',
    },
    {
      name: 'a block length that is no multiple of 4',
      bytes: concat(HEAD, edit(PACKET, 4, 38)),
      want: 'at byte 52: found a block length of 38, expected a multiple of 4, at least 12',
    },
    {
      name: 'a block length of zero',
      bytes: concat(HEAD, new Uint8Array(64)),
      want: 'at byte 52: found a block length of 0, expected a multiple of 4, at least 12',
    },
    {
      name: 'lengths that differ',
      bytes: concat(HEAD, damaged),
      want: 'at byte 80: found a block that ends with length 40, expected 36 as at its beginning',
    },
    {
      name: 'lengths that differ in a skipped block',
      bytes: concat(HEAD, edit(block(99, BYTES), 12, 4)),
      want: 'at byte 60: found a block that ends with length 4, expected 16 as at its beginning',
    },
    {
      name: 'a packet of an interface that was not described',
      bytes: concat(HEAD, enhancedPacket({ bytes: BYTES, interfaceIndex: 1 })),
      want: `at byte 48: ${described}`,
    },
    {
      name: 'an obsolete packet of an interface that was not described',
      bytes: concat(HEAD, obsoletePacket({ bytes: BYTES, interfaceIndex: 1 })),
      want: `at byte 48: ${described}`,
    },
    {
      name: 'a simple packet without any interface',
      bytes: concat(sectionHeader(), simplePacket({ bytes: BYTES })),
      want: 'at byte 28: found a packet of interface 0, expected one of the 0 described before it',
    },
    {
      name: 'a packet longer than its block',
      bytes: concat(HEAD, edit(PACKET, 20, 5, 0, 0, 0, 5)),
      want: 'at byte 48: found a packet of 5 captured bytes, expected at most the 4 that its block has for it',
    },
    {
      name: 'an option longer than its block',
      bytes: concat(HEAD, edit(enhancedPacket({ bytes: BYTES, options: [comment('why')] }), 34, 9)),
      want: 'at byte 80: found an option of 9 bytes, expected at most the 4 to the end of its block',
    },
    {
      name: 'a block too short for a packet',
      bytes: concat(HEAD, block(6, BYTES)),
      want: 'at byte 48: found a block of 16 bytes, expected at least 32',
    },
    {
      name: 'a block too long for a packet',
      bytes: concat(HEAD, block(6, new Uint8Array(524_280))),
      want: 'at byte 48: found a block of 524292 bytes, expected at most 524288',
    },
  ])('names the place: $name', ({ bytes, want }) => {
    const path = temporaryFile(bytes);
    expect(refusal(path).message).toBe(`${path}: ${want}`);
  });

  test('more interfaces than anybody has', () => {
    const file = concat(sectionHeader(), ...Array<Uint8Array>(65_537).fill(interfaceBlock()));
    expect(refusal(temporaryFile(file)).message).toContain('expected at most 65536');
  });
});

test.each([
  { linkType: 189, found: 'packet 3 with link type 189 (USB on Linux)' },
  { linkType: 4711, found: 'packet 3 with link type 4711' },
])('a link type that carries no Ethernet or IP is refused: $linkType', ({ linkType, found }) => {
  const packet = Object.assign(new PacketRecord(), { linkType, index: 3, offset: 99 });
  expect(() => new FrameView({ file: 'x.pcap', hasOneLink: true }).decode(packet)).toThrow(
    expect.objectContaining({
      code: 'CAPTURE_INVALID',
      message: expect.stringMatching(`^x.pcap: at byte 99: found ${escaped(found)}, expected Eth`),
      hint: expect.stringContaining('tcpdump -y EN10MB'),
    }),
  );
});

function escaped(text: string): string {
  return text.replace(/[().]/g, '\\$&');
}

/** What reading the file throws, which must be for a person. */
function refusal(path: string): ChokepointError {
  try {
    readCapture(path);
  } catch (error) {
    expect(error).toBeInstanceOf(ChokepointError);
    expect((error as ChokepointError).code).toBe('CAPTURE_INVALID');
    return error as ChokepointError;
  }
  throw new Error(`${path} was read`);
}
