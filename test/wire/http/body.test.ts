import { describe, expect, test } from 'vitest';
import { BodyFields } from '../../../src/wire/http/body.ts';
import { ascii, placed } from '../../support/packets.ts';

interface Fields {
  readonly lengths?: readonly string[];
  readonly codings?: readonly string[];
}

describe('the body of a request and that of a response are framed by', () => {
  test.each<Fields & { readonly want: readonly [request: string, response: string] }>([
    { want: ['none', 'until-close'] },
    { lengths: ['5'], want: ['length', 'length'] },
    { lengths: [' 5 '], want: ['length', 'length'] },
    { lengths: ['\t05\r'], want: ['length', 'length'] },
    { lengths: ['0'], want: ['none', 'none'] },
    { lengths: ['5', '5'], want: ['length', 'length'] },
    { lengths: ['5, 5'], want: ['length', 'length'] },
    { lengths: ['5 ,5,5'], want: ['length', 'length'] },
    { lengths: ['5', '6'], want: ['refused', 'until-close'] },
    { lengths: ['5, 6'], want: ['refused', 'until-close'] },
    { lengths: ['5,x'], want: ['refused', 'until-close'] },
    { lengths: ['5 5'], want: ['refused', 'until-close'] },
    { lengths: ['5x'], want: ['refused', 'until-close'] },
    { lengths: ['-5'], want: ['refused', 'until-close'] },
    { lengths: ['+5'], want: ['refused', 'until-close'] },
    { lengths: ['0x5'], want: ['refused', 'until-close'] },
    { lengths: ['/'], want: ['refused', 'until-close'] },
    { lengths: [':'], want: ['refused', 'until-close'] },
    { lengths: [''], want: ['refused', 'until-close'] },
    { codings: ['chunked'], want: ['chunked', 'chunked'] },
    { codings: [' CHUNKED '], want: ['chunked', 'chunked'] },
    { codings: ['gzip, chunked'], want: ['chunked', 'chunked'] },
    { codings: ['gzip,chunked'], want: ['chunked', 'chunked'] },
    { codings: ['gzip', 'chunked'], want: ['chunked', 'chunked'] },
    { codings: ['chunked', 'gzip'], want: ['refused', 'until-close'] },
    { codings: ['chunked, gzip'], want: ['refused', 'until-close'] },
    { codings: ['xchunked'], want: ['refused', 'until-close'] },
    { codings: ['chunke'], want: ['refused', 'until-close'] },
    { codings: ['chunkee'], want: ['refused', 'until-close'] },
    { codings: [''], want: ['refused', 'until-close'] },
    { lengths: ['5'], codings: ['chunked'], want: ['chunked', 'chunked'] },
    { lengths: ['x'], codings: ['chunked'], want: ['chunked', 'chunked'] },
    { lengths: ['5'], codings: ['gzip'], want: ['refused', 'until-close'] },
  ])('Content-Length $lengths and Transfer-Encoding $codings: $want', ({ want, ...fields }) => {
    const body = read(fields);
    expect([body.ofRequest, body.ofResponse]).toEqual(want);
  });
});

test('the length of a body is the number of Content-Length', () => {
  expect(read({ lengths: ['1234567890'] }).contentLength).toBe(1_234_567_890);
  expect(read({ lengths: ['7, 7'] }).contentLength).toBe(7);
  expect(read({}).contentLength).toBe(0);
});

test('each message is read anew', () => {
  const body = read({ lengths: ['5', '6'], codings: ['chunked'] });
  body.begin();
  expect(body).toEqual(new BodyFields());
});

function read({ lengths = [], codings = [] }: Fields): BodyFields {
  const body = new BodyFields();
  body.begin();
  for (const length of lengths) {
    const { bytes, at, end } = placed(ascii(length));
    body.readLength(bytes, at, end);
  }
  for (const coding of codings) {
    const { bytes, at, end } = placed(ascii(coding));
    body.readCoding(bytes, at, end);
  }
  return body;
}
