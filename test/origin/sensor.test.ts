import { describe, expect, test } from 'vitest';
import type { ConnectionRecord } from '../../src/origin/connection-log.ts';
import { type MinuteOfNetwork, sessionsByMinute } from '../../src/origin/sensor.ts';

const SCOPE = {
  networks: new Map([
    ['192.0.2.1', 'a'],
    ['2001:db8::1', 'a'],
    ['192.0.2.2', 'b'],
  ]),
  from: Date.parse('2017-03-27T11:29:00Z'),
  to: Date.parse('2017-03-27T11:31:00Z'),
};
const ANSWERED = { requests: [{ method: 'GET', host: 'x.example', url: '/' }] };

describe('a site’s log tells', () => {
  test('sessions that were answered, that were short, and that were reset', () => {
    const counts = ofA([
      session(ANSWERED),
      session({ end: 'reset' }),
      session({ end: 'closed' }),
      session({ ...ANSWERED, end: 'reset' }),
    ]);
    expect(counts).toMatchObject({ sessions: 4, answered: 2, short: 2, resets: 2 });
  });

  test('no short session of one that has not ended', () => {
    expect(ofA([session({ end: 'open' })])).toMatchObject({ sessions: 1, answered: 0, short: 0 });
  });

  test('each minute by when a session was accepted', () => {
    const dates = ['11:28:59.999', '11:29:00.000', '11:29:59.999', '11:30:00.000', '11:31:00.000'];
    const records = dates.map((time) => session({ openedAt: `2017-03-27T${time}Z` }));
    const minutes = sessionsByMinute(records, SCOPE).filter(({ network }) => network === 'a');
    expect(minutes.map(({ minute, sessions }) => [minute, sessions])).toEqual([
      ['2017-03-27T11:29:00.000Z', 2],
      ['2017-03-27T11:30:00.000Z', 1],
    ]);
  });

  test('a network by any of its addresses, and every minute of each', () => {
    const records = ['192.0.2.1:5', '[2001:db8::1]:5', '192.0.2.2:443'].map((remote) =>
      session({ remote }),
    );
    expect(sessionsByMinute(records, SCOPE).map(short)).toEqual(['a 2', 'b 1', 'a 0', 'b 0']);
  });

  test('that a session came from elsewhere', () => {
    const records = [session({ remote: '192.0.2.3:1' }), session({ remote: undefined })];
    expect(sessionsByMinute(records, SCOPE).map(short)).toContain('unknown 2');
  });
});

function session(more: Partial<ConnectionRecord>): ConnectionRecord {
  return {
    host: 'server',
    openedAt: '2017-03-27T11:29:30.000Z',
    localPort: 80,
    remote: '192.0.2.1:40000',
    requestBytes: 0,
    sni: undefined,
    requests: [],
    end: 'closed',
    ...more,
  };
}

function ofA(records: readonly ConnectionRecord[]): MinuteOfNetwork | undefined {
  return sessionsByMinute(records, SCOPE).find(({ network }) => network === 'a');
}

function short({ network, sessions }: MinuteOfNetwork): string {
  return `${network} ${sessions}`;
}
