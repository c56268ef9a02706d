import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFields, type Field, type FieldTable } from '../../../src/wire/http2/hpack.ts';
import { decodeHuffman } from '../../../src/wire/http2/huffman.ts';
import { field, huffman, indexed, integer, plain } from '../../support/http2.ts';
import { ascii, concat, hex } from '../../support/packets.ts';

/** Every byte once, in the code of RFC 7541, Appendix B; written by another program. */
const ALL_BYTES = hex`
  ffc7fffd8fffffe2fffffe3fffffe4fffffe5fffffe6fffffe7fffffe8ffffeafffffff3fffffa7fffffabffff
  ffdfffffebfffffecfffffedfffffeefffffefffffff0ffffff1ffffff2fffffffbfffffcffffffd3fffffd7ff
  fffdbfffffdffffffe3fffffe7fffffebfffffed4fe3f9ffaffcabf1febfafefe7fdfd2cbb00089969b71d79fb
  9f7fff20ffbff3ff50ddbd7f061c58f265cd9f469d5af66dddbf871e5f9cff7ff7fffc3ff9ffe45fff4719242c
  b34e6e9d68a6a3d7dac426defe3cfaf7fffbfe7ffbffdffffffcfffe6ffff4bfff9ffffa3fffd3ffff53fffd5f
  fffb3fffeb7fffdaffffb7ffff73fffeeffffdeffffebffffbfffffd9ffffdbfffebffffe0ffffeeffffc3ffff
  8bffff1ffffe4fffee7fffb1ffff97fffd9ffffcdffff9fffffbffffdafffeeffff4ffffb7fffee7fffe8ffffd
  3fffdeffffd5fffeeffffbdffffe1fffdfffff7fffff5ffffecffff07fff87fffe0ffff17fffedffff87ffff77
  fffeffffeaffff8bfffe3ffff93ffff87fffcbffff37ffff1fffff83ffffe1fffebfffe3ffff3fffff2ffffa3f
  fffd9fffff17ffffc7fffff27ffffdefffffbffffff2fffff8fffffb7fff97fff8fffffe6fffffc1fffff87fff
  fe7fffffc5ffffe5fffe4ffff2fffffd1fffff4ffffffefffffe3fffffc9fffff97fffb3ffffcffffb7fffcdff
  ff4ffff9ffffd1ffffcffffeaffffafffffddffffeffffff4fffff5fffffabffffa7ffffd7fffff9bffffecfff
  ffb7fffff3fffffe8fffffd3fffffabfffff5fffffff7ffffecfffffdbfffffbbfffff7ffffff0fffffbbf`;

describe('the header blocks of RFC 7541, Appendix C', () => {
  test.each([
    {
      name: 'C.3, without Huffman codes',
      blocks: [
        hex`8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
        hex`8286 84be 5808 6e6f 2d63 6163 6865`,
        hex`8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65`,
      ],
    },
    {
      name: 'C.4, with Huffman codes',
      blocks: [
        hex`8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff`,
        hex`8286 84be 5886 a8eb 1064 9cbf`,
        hex`8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf`,
      ],
    },
  ])('$name', ({ blocks }) => {
    expect(allOf(...blocks)).toEqual([
      [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
      [
        ':method: GET',
        ':scheme: http',
        ':path: /',
        ':authority: www.example.com',
        'cache-control: no-cache',
      ],
      [
        ':method: GET',
        ':scheme: https',
        ':path: /index.html',
        ':authority: www.example.com',
        'custom-key: custom-value',
      ],
    ]);
  });
});

test('every byte has a Huffman code', () => {
  const decoded = decodeHuffman(ALL_BYTES, 0, ALL_BYTES.length);
  expect(decoded).toEqual(Uint8Array.from({ length: 256 }, (_, byte) => byte));
});

describe('a block that a receiver ends the connection for is refused', () => {
  test.each([
    { name: 'number 0', block: hex`80` },
    { name: 'a number that nothing has', block: indexed(62) },
    { name: 'a number without an end', block: hex`ff ff ff ff ff ff ff` },
    {
      name: 'a string longer than the block',
      block: concat(hex`00`, plain('a'), hex`05`, ascii('a')),
    },
    { name: 'padding of a whole byte', block: concat(hex`00`, plain('a'), hex`82 1f ff`) },
    { name: 'padding of zeros', block: concat(hex`00`, plain('a'), hex`81 18`) },
    {
      name: 'the end of a string in a string',
      block: concat(hex`00`, plain('a'), hex`84 ff ff ff ff`),
    },
    { name: 'a table larger than it may be', block: integer(4097, 5, 0x20) },
    {
      name: 'fields of more than 65,536 bytes, by a number for each',
      block: concat(
        field('host', plain('v'.repeat(4000)), 'remembered'),
        hex`bebebebe bebebebe bebebebe bebebebe`,
      ),
    },
    { name: 'a name without a value', block: concat(hex`00`, plain('a')) },
  ])('$name', ({ block }) => {
    expect(decodeFields(block, [])).toBeUndefined();
  });
});

describe('the table', () => {
  const longest = 'v'.repeat(4096 - 32 - 1);
  test.each([
    { name: 'forgets the oldest', sent: [field('b', plain(longest), 'remembered')], want: 'b' },
    { name: 'keeps what fits exactly', sent: [field('b', plain('c'), 'remembered')], want: 'b' },
    { name: 'remembers nothing that was not to be', sent: [field('b', plain('c'))], want: 'a' },
    { name: 'nor what must never be', sent: [field('b', plain('c'), 'never')], want: 'a' },
    {
      name: 'keeps its fields after a size of 0, as nginx does',
      sent: [integer(0, 5, 0x20)],
      want: 'a',
    },
    {
      name: 'is empty after something too long for it',
      sent: [field('b', plain(`${longest}v`), 'remembered')],
      want: undefined,
    },
  ])('$name', ({ sent, want }) => {
    const block = concat(field('a', huffman('blocked.test'), 'remembered'), ...sent, indexed(62));
    const fields = decodeFields(block, [])?.fields;
    expect(fields?.at(-1)?.name).toBe(want);
  });
});

test('no bytes make it throw, or remember more than 4,096 bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (blocks) => {
      let table: FieldTable = [];
      for (const block of blocks) table = decodeFields(block, table)?.table ?? table;
      const size = table.reduce((sum, { name, value }) => sum + name.length + value.length + 32, 0);
      expect(size).toBeLessThanOrEqual(4096);
    }),
  );
});

function allOf(...blocks: readonly Uint8Array[]): string[][] {
  let table: FieldTable = [];
  return blocks.map((block) => {
    const decoded = decodeFields(block, table);
    table = decoded?.table ?? table;
    return (decoded?.fields ?? []).map(textOf);
  });
}

function textOf({ name, value }: Field): string {
  return `${name}: ${Buffer.from(value).toString('latin1')}`;
}
