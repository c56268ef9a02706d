/** A kind of file that is no pcap or pcapng, and what makes one of it. */
export interface ForeignFormat {
  readonly name: string;
  readonly hint: string;
}

/** What a file that begins with `head` is likely to be; `undefined` for bytes that say nothing. */
export function recogniseForeign(head: Uint8Array, file: string): ForeignFormat | undefined {
  const text = Buffer.from(head).toString('latin1');
  const packed = PACKED.find(([magic]) => text.startsWith(magic));
  if (packed !== undefined) {
    const [, name, program] = packed;
    return { name, hint: `\`${program} ${file} | chokepoint replay - …\`` };
  }
  const known = CAPTURES.find(([magic]) => text.startsWith(magic));
  if (known !== undefined) return { name: known[1], hint: convert(file) };
  if (text.startsWith('PK\x03\x04')) return { name: 'a zip archive', hint: 'unpack it first' };
  return text.length > 0 && /^[\t\n\r\x20-\x7e]*$/.test(text) ? textFile(text, file) : undefined;
}

function textFile(text: string, file: string): ForeignFormat {
  if (/^\s*\{\s*"log"\s*:/.test(text)) {
    return {
      name: 'a HAR file',
      hint: 'HTTP archives hold no packets: capture with tcpdump, or with Wireshark',
    };
  }
  if (/^\s*[[{]/.test(text)) {
    return { name: 'JSON text', hint: 'name the capture that it was made from' };
  }
  if (/^\s*[0-9a-f]{4,8}[:\s]/i.test(text)) {
    return {
      name: 'a hex dump',
      hint: `\`text2pcap ${file} ${file}.pcapng\` may make packets of it`,
    };
  }
  return { name: 'text', hint: 'name a capture; a scenario goes after --scenario' };
}

function convert(file: string): string {
  return `\`editcap -F pcapng ${file} ${file}.pcapng\` makes a copy that can be read here`;
}

const PACKED: readonly (readonly [magic: string, name: string, program: string])[] = [
  ['\x1f\x8b', 'a gzip file', 'gunzip -c'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file', 'zstd -dc'],
  ['\xfd7zXZ\0', 'an xz file', 'xz -dc'],
  ['\x04\x22\x4d\x18', 'an LZ4 file', 'lz4 -dc'],
  ['BZh', 'a bzip2 file', 'bzip2 -dc'],
];

const CAPTURES: readonly (readonly [magic: string, name: string])[] = [
  ['\xa1\xb2\xcd\x34', 'a modified pcap file (magic 0xa1b2cd34)'],
  ['\x34\xcd\xb2\xa1', 'a modified pcap file (magic 0xa1b2cd34)'],
  ['\x1c\x00\x01\xac', 'an IXIA capture'],
  ['\x1c\x00\x01\xab', 'an IXIA capture'],
  ['\xac\x01\x00\x1c', 'an IXIA capture'],
  ['\xab\x01\x00\x1c', 'an IXIA capture'],
  ['snoop\0\0\0', 'a Sun snoop capture'],
  ['btsnoop\0', 'a Bluetooth btsnoop capture'],
  ['GMBU', 'a Microsoft Network Monitor 2 capture'],
  ['RTSS', 'a Microsoft Network Monitor 1 capture'],
  ['TRSNIFF data    \x1a', 'a DOS Sniffer capture'],
  ['XCP\0', 'a NetXray or Sniffer capture'],
];
