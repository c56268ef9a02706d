import { describe, expect, test } from 'vitest';
import { keywords } from '../../src/policy/match/keywords.ts';
import { censor, type ModelChange, RESET } from '../support/censors.ts';
import { ascii, clientHello, concat, httpRequest } from '../support/packets.ts';
import { type SegmentOptions, Session, type Side } from '../support/session.ts';
import { fateOf } from '../support/verdicts.ts';

type Said = readonly [payload: string | Uint8Array, options?: SegmentOptions];

const HELLO = clientHello({ sni: 'allowed.test' });
const REQUEST = httpRequest({ host: 'allowed.test' });
const IN_ORDER = { mode: 'in-order' } as const;
const LIMIT = { bytes: 100, packets: 0, time: 0, onLimit: 'pass' } as const;
const SSH = 'SSH-2.0-OpenSSH_9.9\r\n';
const LONG = `GET / HTTP/1.1\r\nX: ${'x'.repeat(200)}`;

describe('a box refuses what its model says, though no rule asks about messages:', () => {
  test.each<{ what: string; change: ModelChange; says: readonly Said[]; want: readonly string[] }>([
    {
      what: 'a part of a ClientHello',
      change: { tls: { onPartial: 'drop' } },
      says: [[HELLO.slice(0, 30)], [HELLO, { offset: 0 }]],
      want: ['drop', 'accept'],
    },
    {
      what: 'a segment that comes early',
      change: { stream: { ...IN_ORDER, outOfOrder: 'drop' } },
      says: [
        [REQUEST.slice(9), { offset: 9 }],
        [REQUEST, { offset: 0 }],
      ],
      want: ['drop', 'accept'],
    },
    {
      what: 'another text in the place of one that came',
      change: { stream: { mode: 'full', overlap: 'strict' } },
      says: [['GET /a'], ['GET /b', { offset: 0 }], ['GET /a', { offset: 0 }]],
      want: ['accept', 'drop', 'accept'],
    },
    {
      what: 'an urgent pointer, until it knows that it cannot read what is said',
      change: { stream: { ...IN_ORDER, urgent: 'drop' } },
      says: [
        [SSH, { flags: 'PAU', offset: 0 }],
        [SSH, { offset: 0 }],
        ['more', { flags: 'PAU' }],
      ],
      want: ['drop', 'accept', 'accept'],
    },
    ...(['drop', 'freeze'] as const).map((onLimit) => ({
      what: `a head that is longer than its limit (${onLimit})`,
      change: { stream: { ...IN_ORDER, limit: { ...LIMIT, onLimit } } },
      says: [['GET / HTTP/1.1\r\n'], [LONG], ['more']] as const,
      want: ['accept', 'drop', 'drop'],
    })),
    {
      what: 'no head at all, where it lets such a one pass',
      change: { stream: { ...IN_ORDER, limit: LIMIT } },
      says: [['GET / HTTP/1.1\r\n'], [LONG], ['more']],
      want: ['accept', 'accept', 'accept'],
    },
  ])('$what', ({ change, says, want }) => {
    expect(fates(new Session(censor([], change)), 'client', says)).toEqual(want);
  });

  test('what a server says over the limit, too', () => {
    const stream = { ...IN_ORDER, limit: { ...LIMIT, onLimit: 'drop' } } as const;
    const session = new Session(censor([], { stream }));
    const says = [['HTTP/1.1 200 OK\r\n'], [`X: ${'x'.repeat(200)}`], ['more']] as const;
    expect(fates(session, 'server', says)).toEqual(['accept', 'drop', 'drop']);
    expect(fateOf(session.send('client', 'more'))).toBe('accept');
  });
});

describe('a box that looks for a keyword in any bytes', () => {
  test.each<{
    when: string;
    change: ModelChange;
    from?: Side;
    first: readonly (string | Uint8Array)[];
    want: 'drop' | 'accept';
  }>([
    { when: 'sees it in every segment', change: {}, first: [REQUEST, HELLO], want: 'drop' },
    {
      when: 'is done with a flow after its first request',
      change: { http: { everyRequest: false } },
      first: [REQUEST],
      want: 'accept',
    },
    {
      when: 'is not done with what the server says then',
      change: { http: { everyRequest: false } },
      from: 'server',
      first: ['HTTP/1.1 200 OK\r\n\r\n'],
      want: 'drop',
    },
    {
      when: 'is not done with a flow before its first request',
      change: { http: { everyRequest: false } },
      first: ['something else'],
      want: 'drop',
    },
    {
      when: 'is not done with it, if it keeps no flows',
      change: { http: { everyRequest: false }, tcb: { create: 'none' } },
      first: [REQUEST],
      want: 'drop',
    },
    {
      when: 'forgets a flow with a ClientHello that is not whole',
      change: { tls: { onPartial: 'pass-and-forget' } },
      first: [HELLO.slice(0, 50)],
      want: 'accept',
    },
    ...(['client', 'server'] as const).flatMap((from) => [
      {
        when: `looks at so many segments of the ${from} alone`,
        change: { stream: { limit: { ...LIMIT, packets: 2 } } },
        from,
        first: ['one', 'two'],
        want: 'accept' as const,
      },
      {
        when: `looks at no fewer segments of the ${from}`,
        change: { stream: { limit: { ...LIMIT, packets: 2 } } },
        from,
        first: ['one'],
        want: 'drop' as const,
      },
    ]),
    {
      when: 'sees it in a stream that is something else',
      change: { stream: IN_ORDER },
      first: ['SSH-2.0', 'x'.repeat(200)],
      want: 'drop',
    },
    {
      when: 'sees none behind a head that is longer than its limit',
      change: { stream: { ...IN_ORDER, limit: LIMIT } },
      first: [LONG],
      want: 'accept',
    },
    {
      when: 'sees none behind an answer that is longer than its limit',
      change: { stream: { ...IN_ORDER, limit: LIMIT } },
      from: 'server',
      first: [LONG.replace('GET / HTTP/1.1', 'HTTP/1.1 200 OK')],
      want: 'accept',
    },
  ])('$when', ({ change, from = 'client', first, want }) => {
    const trigger = keywords('payload', { keywords: ['secret'], patterns: [] });
    const engine = censor([{ name: 'secret', trigger, action: RESET }], change);
    const says = [...first, 'a secret'].map((payload) => [payload] as const);
    expect(fates(new Session(engine), from, says).at(-1)).toBe(want);
  });

  test('sees it in a body of a length, in a chunk, and in the request behind either', () => {
    const length = httpRequest({ method: 'PUT', host: 'a', after: ['Content-Length: 30'] });
    const chunked = httpRequest({
      method: 'PUT',
      host: 'a',
      after: ['Transfer-Encoding: chunked'],
    });
    const trigger = keywords('payload', { keywords: ['secret'], patterns: [] });
    const engine = (): Session =>
      new Session(censor([{ name: 'secret', trigger, action: RESET }], { stream: IN_ORDER }));
    for (const says of [
      [[length], ['a sec'], ['ret']],
      [[chunked], ['20\r\nin a sec'], ['ret']],
      [[length], ['x'.repeat(30)], [concat(REQUEST, ascii('GET /sec'))], ['ret']],
      [[chunked], ['1\r\nx\r\n0\r\n\r\n'], [concat(REQUEST, ascii('GET /sec'))], ['ret']],
    ] as const) {
      expect(fates(engine(), 'client', says).indexOf('drop')).toBe(says.length - 1);
    }
  });
});

function fates(session: Session, from: Side, says: readonly Said[]): string[] {
  session.handshake();
  return says.map(([payload, options]) => fateOf(session.send(from, payload, options)));
}
