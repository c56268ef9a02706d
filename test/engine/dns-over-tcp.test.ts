import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { withTcpLength } from '../../src/wire/dns/response.ts';
import { censor, nameRule } from '../support/censors.ts';
import { dnsMessage, dnsQuery } from '../support/dns.ts';
import { concat, edit } from '../support/packets.ts';
import { Session } from '../support/session.ts';
import { fateOf } from '../support/verdicts.ts';

const QUERY = withTcpLength(dnsQuery('meydan.tv'));
const ANSWER = withTcpLength(
  dnsMessage({
    type: 'response',
    questions: [{ type: 'A', name: 'meydan.tv' }],
    answers: [{ type: 'A', name: 'meydan.tv', data: '198.18.0.80' }],
  }),
);

test('a rule for answers alone reads them over TCP too', () => {
  const session = openSession({ tcp: true }, { direction: 'to-client' }, 53);
  expect(session.send('client', QUERY).kind).toBe('accept');
  expect(session.send('server', ANSWER)).toMatchObject({ kind: 'inject', original: 'drop' });
});

test.each([
  { ports: [53], port: 53, kind: 'inject' },
  { ports: [53], port: 5353, kind: 'accept' },
  { ports: 'any' as const, port: 5353, kind: 'inject' },
])('over TCP, a box that reads DNS on ports $ports does so on port $port: $kind', (row) => {
  const session = openSession({ tcp: true, ports: row.ports }, {}, row.port);
  expect(session.send('client', QUERY).kind).toBe(row.kind);
});

describe('a message that asks for no name is passed over', () => {
  const empty = withTcpLength(dnsMessage({ questions: [] }));
  const plain = dnsQuery('a.test');
  const ofOtherClass = withTcpLength(edit(plain, plain.length - 1, 7));
  const allowed = withTcpLength(plain);

  test.each<{ name: string; port: number; first: readonly Uint8Array[]; want: string }>([
    { name: 'without a question', port: 53, first: [empty], want: 'drop' },
    { name: 'of another class', port: 53, first: [ofOtherClass], want: 'drop' },
    { name: 'in pieces', port: 53, first: [empty.slice(0, 5), empty.slice(5)], want: 'drop' },
    { name: 'behind a question', port: 5353, first: [allowed, empty], want: 'drop' },
    { name: 'on a port of something else', port: 5353, first: [empty], want: 'accept' },
    { name: 'too short', port: 53, first: [withTcpLength(empty.slice(3))], want: 'accept' },
  ])('$name: the question behind it: $want', ({ port, first, want }) => {
    const rule = nameRule('dns.qname', 'meydan.tv', { do: 'drop' });
    for (const mode of ['in-order', 'full'] as const) {
      const engine = censor([rule], { dns: { tcp: true, ports: 'any' }, stream: { mode } });
      const session = new Session(engine, { server: { port } }).handshake();
      for (const part of first) expect(fateOf(session.send('client', part))).toBe('accept');
      expect([mode, fateOf(session.send('client', QUERY))]).toEqual([mode, want]);
    }
  });

  test('in one segment, too, by a box that reads segments', () => {
    const session = openSession({ tcp: true }, {}, 53);
    expect(fateOf(session.send('client', concat(empty, QUERY)))).toBe('drop');
  });
});

function openSession(dns: Partial<Model['dns']>, rule: Partial<Rule>, port: number): Session {
  const model = { ...PLAIN, dns: { ...PLAIN.dns, ...dns } };
  const { normalise, match: how } = model.host;
  const trigger = names('dns.qname', { names: ['meydan.tv'], how, normalise });
  const rules: Rule[] = [{ name: 'dns', trigger, action: { do: 'drop' }, ...rule }];
  return new Session(new Engine({ policy: { model, rules } }), { server: { port } }).handshake();
}
