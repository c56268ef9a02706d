import { describe, expect, test } from 'vitest';
import { type KeywordsOptions, keywords } from '../../../src/policy/match/keywords.ts';
import { Observation } from '../../../src/policy/observation.ts';
import { censor, type ModelChange, RESET } from '../../support/censors.ts';
import { ascii, concat, hex, httpRequest, placed } from '../../support/packets.ts';
import { Session } from '../../support/session.ts';
import { interference } from '../../support/verdicts.ts';

const TOR = { keywords: ['tor'] };

describe('in the target of a request,', () => {
  test.each<{ name: string; options: Partial<KeywordsOptions>; target: string; want?: string }>([
    { name: 'a keyword', options: TOR, target: '/search?q=TOR+browser', want: 'TOR' },
    { name: 'a keyword within a word', options: TOR, target: '/history', want: 'tor' },
    { name: 'no keyword', options: TOR, target: '/search?q=to+r' },
    {
      name: 'a keyword in its letter case',
      options: { ...TOR, caseSensitive: true },
      target: '/search?q=TOR',
    },
    {
      name: 'a whole token',
      options: { ...TOR, wholeToken: true },
      target: '/history?q=tor+browser',
      want: 'tor',
    },
    {
      name: 'a whole token at the end',
      options: { ...TOR, wholeToken: true },
      target: '/search?q=tor',
      want: 'tor',
    },
    { name: 'no whole token', options: { ...TOR, wholeToken: true }, target: '/history?q=tor2' },
    { name: 'a pattern', options: { patterns: ['q=t.r'] }, target: '/?q=tar', want: '/?q=tar' },
    {
      name: 'a pattern in the middle',
      options: { patterns: ['t.r'] },
      target: '/tar&b',
      want: '/tar',
    },
    { name: 'an empty pattern', options: { patterns: ['b*'] }, target: '/tar', want: '' },
    {
      name: 'a pattern far behind',
      options: { patterns: ['t.r'] },
      target: `/${'x'.repeat(2999)}tar&b`,
      want: `/${'x'.repeat(1999)}... (1003 bytes more)`,
    },
    { name: 'bytes', options: { keywords: [hex`25 64 30`] }, target: '/%d0%bf', want: '%d0' },
  ])('$name', ({ options, target, want }) => {
    const { bytes, at, end } = placed(ascii(target));
    const seen = new Observation().of('http.url', bytes, at, end);
    const matcher = keywords('http.url', { keywords: [], patterns: [], ...options });
    expect(matcher.matches(seen)).toBe(want !== undefined);
    if (want !== undefined) expect(seen.matchedText).toBe(want);
  });

  test('and nowhere else in the request', () => {
    const engine = blocker('http.url', TOR);
    const request = (target: string): Uint8Array =>
      httpRequest({ target, host: 'tor.example', after: ['X: tor'], body: 'tor' });
    const sent = ['/', '/tor'].map((target, i) => {
      const session = new Session(engine, { client: { port: 1 + i } }).handshake();
      return session.send('client', request(target)).kind;
    });
    expect(sent).toEqual(['accept', 'inject']);
  });
});

describe('in payloads that go either way', () => {
  test.each(['client', 'server'] as const)('of the %s', (side) => {
    for (const mode of ['packet', 'in-order'] as const) {
      const session = new Session(blocker('payload', TOR, { stream: { mode } })).handshake();
      session.send(side, 'something first');
      expect(session.send(side, 'about tor.').kind).toBe('inject');
    }
  });

  test.each([
    { mode: 'packet' as const, want: 'accept' },
    { mode: 'in-order' as const, want: 'inject' },
    { mode: 'full' as const, want: 'inject' },
  ])('a keyword in two segments is seen or not, read by $mode: $want', ({ mode, want }) => {
    const session = new Session(blocker('payload', TOR, { stream: { mode } })).handshake();
    session.send('client', 'about to');
    expect(session.send('client', 'r.').kind).toBe(want);
  });
});

describe('in a stream', () => {
  const IN_ORDER: ModelChange = { stream: { mode: 'in-order' } };

  test('a keyword of 256 bytes is found wherever it is cut, and how often', () => {
    const needle = `a${'b'.repeat(254)}c`;
    for (const cuts of [[1], [128], [255], [1, 2, 3], [100, 200], [254, 255]]) {
      const session = new Session(blocker('payload', { keywords: [needle] }, IN_ORDER)).handshake();
      session.send('client', 'x'.repeat(1000));
      const ends = [...cuts, needle.length];
      const kinds = ends.map(
        (end, i) => session.send('client', needle.slice(ends[i - 1] ?? 0, end)).kind,
      );
      expect(kinds).toEqual([...cuts.map(() => 'accept'), 'inject']);
    }
  });

  test('a keyword is found in the order of the stream, not of arrival', () => {
    const session = new Session(blocker('payload', TOR, IN_ORDER)).handshake();
    expect(session.send('client', 'r.', { offset: 2 }).kind).toBe('accept');
    expect(session.send('client', 'to', { offset: 0 }).kind).toBe('inject');
  });

  test('what lies at both sides of a gap is not taken together', () => {
    const session = new Session(blocker('payload', TOR, IN_ORDER)).handshake();
    session.send('client', 'to', { offset: 0 });
    expect(session.send('client', 'r', { offset: 5 }).kind).toBe('accept');
  });

  test('a body is read as well, though requests are too', () => {
    const other = {
      name: 'url',
      trigger: keywords('http.url', { keywords: ['forbidden'], patterns: [] }),
      action: RESET,
    };
    const post = httpRequest({ method: 'POST', after: ['Content-Length: 600'] });
    const engine = censor([rule('payload', TOR), other], IN_ORDER);
    for (const [i, parts] of [
      ['x'.repeat(300), 'about tor.'],
      ['x'.repeat(300), 'about t', 'or.'],
      [`${'x'.repeat(590)}t`, 'o', 'r'],
    ].entries()) {
      const session = new Session(engine, { client: { port: 1 + i } }).handshake();
      session.send('client', post);
      const kinds = parts.map((part) => session.send('client', part).kind);
      expect(kinds).toEqual([...parts.slice(1).map(() => 'accept'), 'inject']);
    }
    const session = new Session(engine).handshake();
    session.send('client', concat(post, ascii('x'.repeat(300))));
    session.send('client', 'x'.repeat(300));
    expect(session.send('client', httpRequest({ target: '/forbidden' })).kind).toBe('inject');
  });

  describe('a whole token', () => {
    const sent = (...parts: readonly string[]): string[] => {
      const options = { ...TOR, wholeToken: true };
      const session = new Session(blocker('payload', options, IN_ORDER)).handshake();
      return parts.map((part) => session.send('client', part).kind);
    };

    test.each([
      { name: 'that goes on in the next segment', parts: ['about tor', 'rents. '] },
      { name: 'that began in an earlier segment', parts: ['about mo', 'tor '] },
      { name: 'that began 256 bytes ago', parts: [`mo${'-tor'}${'x'.repeat(256)}`, 'tor '] },
      {
        name: 'that began before what is remembered',
        parts: [`xtor${' '.repeat(253)}`, ' and no more'],
      },
    ])('$name is not one', ({ parts }) => {
      expect(sent(...parts)).toEqual(parts.map(() => 'accept'));
    });

    test.each([
      { name: 'is known by the byte after it', parts: ['about tor', ' browser'] },
      { name: 'may be cut', parts: ['about t', 'o', 'r ', ''] },
      { name: 'may be the first', parts: ['to', 'r '] },
      { name: 'may begin with a segment, behind much else', parts: ['.'.repeat(400), 'tor '] },
    ])('$name', ({ parts }) => {
      expect(sent(...parts)).toContain('inject');
    });
  });

  test('what it replaces, in a box that reads again, is looked at again', () => {
    const change: ModelChange = { stream: { mode: 'full', overlap: 'last' } };
    const session = new Session(blocker('payload', TOR, change)).handshake();
    session.send('client', `${'x'.repeat(600)}car${'x'.repeat(600)}`);
    expect(session.send('client', 'tor', { offset: 600 }).kind).toBe('inject');
  });
});

test.each(['packet', 'in-order'] as const)(
  'on path, a keyword sets it off once, not again with what follows, read by %s',
  (mode) => {
    const engine = blocker('payload', TOR, { position: 'on-path', stream: { mode } });
    const session = new Session(engine).handshake();
    const kinds = ['about tor', 'and more', 'and more', 'tor again', 'more'].map(
      (part) => session.send('client', part).kind,
    );
    expect(kinds).toEqual(['inject', 'accept', 'accept', 'inject', 'accept']);
  },
);

test('a decision names the keyword', () => {
  const session = new Session(blocker('payload', TOR)).handshake();
  const { decision } = interference(session.send('client', 'about Tor.'));
  expect(decision).toMatchObject({
    why: 'payload=Tor',
    matched: { kind: 'payload', text: 'Tor', offset: 6, length: 3 },
  });
});

function blocker(
  observes: 'http.url' | 'payload',
  options: Partial<KeywordsOptions>,
  change: ModelChange = {},
) {
  return censor([rule(observes, options)], change);
}

function rule(observes: 'http.url' | 'payload', options: Partial<KeywordsOptions>) {
  const trigger = keywords(observes, { keywords: [], patterns: [], ...options });
  return { name: observes, trigger, action: RESET };
}
