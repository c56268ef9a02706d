import { expect, test } from 'vitest';
import { parseUrl } from '../../src/base/url.ts';

test('what is a URL stays one, however often it is asked for', () => {
  // Flat texts, as they come from a file.
  const [latin, ascii] = JSON.parse('["https://bücher.example/", "https://meydan.tv/"]') as [
    string,
    string,
  ];
  const hosts = new Set<string | undefined>();
  for (let i = 0; i < 20_000; i++) hosts.add(parseUrl(i % 2 === 0 ? latin : ascii)?.hostname);
  expect([...hosts]).toEqual(['xn--bcher-kva.example', 'meydan.tv']);
});

test('what is none is undefined', () => {
  expect(parseUrl('no url')).toBe(undefined);
  expect(parseUrl('b', 'https://a.example/')?.href).toBe('https://a.example/b');
  expect(parseUrl('http://[', 'https://a.example/')).toBe(undefined);
});
