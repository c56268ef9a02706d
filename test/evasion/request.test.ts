import { describe, expect, test } from 'vitest';
import {
  decoyNameFor,
  decoyOf,
  findName,
  middleOfName,
  middlesOfName,
} from '../../src/evasion/request.ts';
import { ascii, clientHello, httpRequest } from '../support/packets.ts';

const NAME = 'blocked.test';

describe('a name that stands in a request more than once', () => {
  const twice = httpRequest({
    ...{ target: `/${NAME}?from=BLOCKED.Test`, host: NAME },
    after: [`Referer: http://${NAME}/`],
  });

  test('is nowhere in a decoy', () => {
    const text = textOf(decoyOf(twice, NAME));
    expect(text).toBe(textOf(twice).replaceAll(/blocked.test/gi, 'nnnnnnn.test'));
  });

  test('is nowhere in a decoy where one begins within another', () => {
    const decoy = decoyOf(httpRequest({ host: 'test.test.test' }), 'test.test');
    expect(textOf(decoy)).toContain('Host: nnnn.nnnn.test\r\n');
  });

  test('may be cut at each place', () => {
    const text = textOf(twice);
    const places = [...text.matchAll(/blocked.test/gi)].map(({ index }) => index + 6);
    expect(places).toHaveLength(4);
    expect(middlesOfName(twice, NAME)).toEqual(places);
  });
});

describe('the decoy of a keyword', () => {
  test.each([
    { keyword: 'http', spelt: 'http', decoy: 'nnnn' },
    { keyword: 'GET', spelt: 'get', decoy: 'nnn' },
    { keyword: 'host', spelt: 'ghosts', decoy: 'gnnnns' },
    { keyword: 'accept', spelt: 'accept', decoy: 'nnnnnn' },
    { keyword: '1.1', spelt: '1.1', decoy: 'n.1' },
    { keyword: 'an', spelt: 'aan', decoy: 'nnn' },
    { keyword: 'nx', spelt: 'nnxx', decoy: 'nnnn' },
  ])('$keyword is HTTP without $keyword in its target', ({ keyword, spelt, decoy }) => {
    const asking = (word: string): Uint8Array =>
      httpRequest({ target: `/?q=${word}`, host: 'b.test', after: ['Accept: */*'] });
    expect(textOf(decoyOf(asking(spelt), keyword))).toBe(textOf(asking(decoy)));
  });

  test('has none in a field’s value or in a body', () => {
    const asking = (word: string): Uint8Array =>
      httpRequest({ host: 'b.test', after: [`Falun: ${word}:${word}`], body: `Falun: ${word}` });
    const decoy = textOf(decoyOf(asking('falun'), 'falun'));
    expect(decoy).toBe(textOf(asking('nnnnn')).replace('\r\n\r\nFalun', '\r\n\r\nnnnnn'));
  });

  test('has none anywhere in a ClientHello, whose first byte begins no method', () => {
    const hello = clientHello({ sni: 'get.http.test' });
    expect(textOf(decoyOf(hello, 'http'))).toBe(textOf(clientHello({ sni: 'get.nnnn.test' })));
  });

  test('says nothing where only the names of fields have it', () => {
    const request = httpRequest({ host: 'b.test' });
    expect(textOf(decoyOf(request, 'host'))).toBe('n'.repeat(request.length));
  });
});

describe('the name that counts', () => {
  test.each(['Host: ', 'host:', 'HOST :\t'])('is that behind "%s"', (host) => {
    const request = ascii(`GET /${NAME} HTTP/1.1\r\nX-Host: ${NAME}\r\n${host}${NAME}\r\n\r\n`);
    expect(findName(request, NAME)).toBe(textOf(request).lastIndexOf(NAME));
    expect(middleOfName(request, NAME)).toBe(textOf(request).lastIndexOf(NAME) + 6);
  });

  test.each([`${NAME}.`, `${NAME}:8080`, `${NAME}.:8080`, 'Blocked.Test'])(
    'is the Host header %s',
    (host) => {
      const request = httpRequest({ target: `/${NAME}`, host });
      expect(findName(request, NAME)).toBe(textOf(request).indexOf(host));
    },
  );

  test.each(['blocked.test', 'www.blocked', 'blocked'])(
    'is the first where it is but a part of the Host header, as "blocked" is of %s',
    (host) => {
      const request = httpRequest({ target: '/?q=blocked', host });
      const want = host === 'blocked' ? textOf(request).lastIndexOf(host) : '/?q='.length + 4;
      expect(findName(request, 'blocked')).toBe(want);
    },
  );

  test.each([NAME, `${'a'.repeat(63)}.test`])('is the server name %s', (sni) => {
    const hello = clientHello({ sni, before: [[0x0017, 80]] });
    const at = textOf(hello).indexOf(sni);
    hello.set(ascii(sni), at - 80);
    expect(findName(hello, sni)).toBe(at);
  });

  test('is nowhere where it is not', () => {
    expect(findName(httpRequest({ host: 'other.test' }), NAME)).toBe(-1);
    expect(findName(httpRequest({ host: NAME }), '')).toBe(-1);
  });
});

test.each([
  { name: 'blocked.test', decoy: 'nnnnnnn.test' },
  { name: 'www.un-1.test', decoy: 'nnn.nnnn.test' },
  { name: 'falun', decoy: 'nnnnn' },
  { name: 'n.test', decoy: 'x.test' },
  { name: 'N.NN.TEST', decoy: 'x.xx.TEST' },
  { name: 'nn', decoy: 'xx' },
  { name: '_.test', decoy: 'xxxxxx' },
  { name: '.test', decoy: 'xxxxx' },
  { name: '==', decoy: 'xx' },
])('the decoy of $name is $decoy, which is another name as long', ({ name, decoy }) => {
  expect(decoyNameFor(name)).toBe(decoy);
  expect(decoy.toLowerCase()).not.toBe(name.toLowerCase());
  expect(decoy).toHaveLength(name.length);
});

test('no name has no decoy', () => {
  expect(decoyNameFor('')).toBe('');
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
