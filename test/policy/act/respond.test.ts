import { describe, expect, test } from 'vitest';
import type { RespondAction } from '../../../src/policy/act/respond.ts';
import { censor, type ModelChange, nameRule, RESET } from '../../support/censors.ts';
import { ascii, httpRequest } from '../../support/packets.ts';
import { type Ends, letsPass, Session } from '../../support/session.ts';
import { TcpEnd } from '../../support/tcp-end.ts';
import { fateOf, interference, madeUp } from '../../support/verdicts.ts';

const BLOCKED = httpRequest({ host: 'blocked.test' });
const PAGE = 'HTTP/1.1 403 Forbidden\r\nConnection:close\r\n\r\n<html><title>M1-6\n</title></html>';
const IPV6: Ends = { client: { address: '2001:db8::1' }, server: { address: '2001:db8:1::80' } };

describe('the client accepts the page and the end of the connection', () => {
  test.each<{ name: string; body?: string; change?: ModelChange; ends?: Ends; before?: string }>([
    { name: 'in path' },
    { name: 'on path', change: { position: 'on-path' } },
    { name: 'over IPv6', ends: IPV6 },
    { name: 'after other answers', before: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' },
    { name: 'from a box that reassembles', change: { stream: { mode: 'in-order' } } },
    { name: 'a page of many segments', body: PAGE.repeat(60) },
    { name: 'a page that fills segments exactly', body: 'x'.repeat(2800) },
    { name: 'no page at all', body: '' },
  ])('$name', ({ body = PAGE, change = {}, ends = {}, before = '' }) => {
    const session = new Session(blocker({ payload: ascii(body) }, change), ends).handshake();
    session.send('server', before);
    const verdict = session.send('client', BLOCKED);
    const client = new TcpEnd(
      session.seq('server', before.length),
      session.seq('client', BLOCKED.length),
    );
    for (const { way, frame } of interference(verdict).packets) {
      if (way === 'back') client.take({ frame });
    }
    expect(client).toMatchObject({ received: body, state: 'closed' });
  });

  test('also where the server has sent more than the request acknowledges', () => {
    const session = new Session(blocker()).handshake();
    session.send('server', 'hello');
    const verdict = session.send('client', BLOCKED, { ack: session.seq('server', 0) });
    const client = new TcpEnd(session.seq('server', 5), session.seq('client', BLOCKED.length));
    for (const { frame } of interference(verdict).packets) client.take({ frame });
    expect(client.received).toBe(PAGE);
  });
});

describe('the response', () => {
  test('fits the path: no segment carries more than 1400 bytes, and only the last ends it', () => {
    const session = new Session(blocker({ payload: ascii('x'.repeat(3000)) })).handshake();
    const verdict = session.send('client', BLOCKED);
    expect(interference(verdict).decision.injected).toMatchObject([
      { to: 'client', flags: 'A', payloadLength: 1400, seq: session.seq('server', 0) },
      { to: 'client', flags: 'A', payloadLength: 1400, seq: session.seq('server', 1400) },
      { to: 'client', flags: 'FPA', payloadLength: 200, seq: session.seq('server', 2800) },
    ]);
    expect(madeUp(verdict).map(({ flags }) => flags)).toEqual([0x10, 0x10, 0x19]);
  });

  test('has the TTL, identification and delay of its shape', () => {
    const shape = { ...RESET, ttl: 99, ipId: 7, delay: 3, dontFragment: true };
    const verdict = new Session(blocker({ shape })).handshake().send('client', BLOCKED);
    expect(madeUp(verdict).map(({ ttl, ipId }) => [ttl, ipId])).toEqual([[99, 7]]);
    expect(interference(verdict).packets.map(({ delay }) => delay)).toEqual([3]);
  });
});

describe('the server', () => {
  test.each([
    { server: 'nothing' as const, want: [] },
    { server: 'reset' as const, want: [{ to: 'server', isObeyed: true }] },
  ])('gets $server', ({ server, want }) => {
    for (const position of ['in-path', 'on-path'] as const) {
      const session = new Session(blocker({ server }, { position })).handshake();
      session.send('client', BLOCKED);
      expect(session.resets.filter(({ to }) => to === 'server')).toEqual(want);
    }
  });

  test('never sees the request, nor anything after it, in path', () => {
    const session = new Session(blocker()).handshake();
    const sent = [
      session.send('client', BLOCKED),
      session.send('client', '', { flags: 'FA' }),
      session.send('client', '', { flags: 'RA' }),
      session.send('server', 'hello?'),
    ];
    expect(sent.map(fateOf)).toEqual(['drop', 'drop', 'drop', 'drop']);
  });

  test('sees it on path', () => {
    const session = new Session(blocker({}, { position: 'on-path' })).handshake();
    expect(letsPass(session.send('client', BLOCKED))).toBe(true);
    expect(letsPass(session.send('server', 'the true answer'))).toBe(true);
  });
});

function blocker(action: Partial<RespondAction> = {}, change: ModelChange = {}) {
  const respond: RespondAction = {
    do: 'respond',
    payload: ascii(PAGE),
    server: 'nothing',
    shape: RESET,
    ...action,
  };
  return censor([nameRule('http.host', 'blocked.test', respond)], change);
}
