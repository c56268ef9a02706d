import { expect, test } from 'vitest';
import type { DelayAction } from '../../src/policy/act/delay.ts';
import { censor, nameRule } from '../support/censors.ts';
import { DatagramSession } from '../support/datagram-session.ts';
import { dnsQuery } from '../support/dns.ts';
import { httpRequest } from '../support/packets.ts';
import { Session } from '../support/session.ts';
import { untilOf } from '../support/verdicts.ts';

/* What is held back of a flow, and what waits behind it. */

const SLOW = httpRequest({ host: 'slow.test' });
const DELAY: DelayAction = { do: 'delay', way: 'both', by: 200 };
const SLOWLY = nameRule('http.host', 'slow.test', DELAY);

test('before 1970, nothing waits but what a rule holds back', () => {
  const session = new Session(censor([SLOWLY]));
  expect(untilOf(session.send('client', '', { flags: 'S', now: -1000 }))).toBeUndefined();
  expect(untilOf(session.send('server', '', { flags: 'SA', now: -990 }))).toBeUndefined();
  expect(untilOf(session.send('client', SLOW, { now: -980 }))).toBe(-780);
  const datagrams = new DatagramSession(censor([]));
  expect(untilOf(datagrams.send('client', dnsQuery('fast.test'), -1000))).toBeUndefined();
});
