import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { withTcpLength } from '../../src/wire/dns/response.ts';
import { dnsMessage, dnsQuery } from '../support/dns.ts';
import { Session } from '../support/session.ts';

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

function openSession(dns: Partial<Model['dns']>, rule: Partial<Rule>, port: number): Session {
  const model = { ...PLAIN, dns: { ...PLAIN.dns, ...dns } };
  const { normalise, match: how } = model.host;
  const trigger = names('dns.qname', { names: ['meydan.tv'], how, normalise });
  const rules: Rule[] = [{ name: 'dns', trigger, action: { do: 'drop' }, ...rule }];
  return new Session(new Engine({ policy: { model, rules } }), { server: { port } }).handshake();
}
