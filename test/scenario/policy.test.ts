import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/policy/act/action.ts';
import type { Residual } from '../../src/policy/residual.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { ascii } from '../support/packets.ts';
import { readPolicy, readScenario, type ScenarioParts } from '../support/scenarios.ts';

const DNS = '{ match: dns.qname, domains: [meydan.tv] }';
const NUMBERS = { ttl: 64, ipId: 0 };

describe('an action of a scenario is that of the engine', () => {
  test.each<{ action: string; trigger?: string; want: Action }>([
    { action: '{ do: pass }', want: { do: 'pass' } },
    { action: '{ do: drop }', want: { do: 'drop' } },
    {
      action: '{ do: blackhole }',
      want: { do: 'blackhole', way: 'both', trigger: 'drop', duration: 0 },
    },
    {
      action: '{ do: blackhole, way: to-client, trigger: pass, duration_ms: 60000 }',
      want: { do: 'blackhole', way: 'to-client', trigger: 'pass', duration: 60_000 },
    },
    {
      action: '{ do: reset }',
      want: {
        ...{ do: 'reset', to: 'both', count: 1, flags: 'R', ...NUMBERS, window: 0, seq: 'exact' },
        ...{ delay: 0, dontFragment: false, trigger: 'drop', rest: 'drop' },
      },
    },
    {
      action:
        '{ do: reset, to: client, count: 3, flags: RA, ttl: [60, 64], ip_id: random, window: 0x1234, seq: ramp, delay_ms: 1.5, dont_fragment: true, trigger: pass, rest: pass }',
      want: {
        ...{ do: 'reset', to: 'client', count: 3, flags: 'RA', ttl: [60, 64], ipId: 'random' },
        ...{ window: 0x1234, seq: 'ramp', delay: 1.5, dontFragment: true },
        ...{ trigger: 'pass', rest: 'pass' },
      },
    },
    {
      action:
        '{ do: respond, status: 302, reason: Found, headers: { Location: "http://10.10.34.34/" }, ttl: copied, server: nothing }',
      want: {
        do: 'respond',
        payload: ascii(
          'HTTP/1.1 302 Found\r\nLocation: http://10.10.34.34/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
        ),
        server: 'nothing',
        shape: {
          ...{ to: 'server', count: 1, flags: 'R', window: 0, seq: 'exact' },
          ...{ ttl: 'copied', ipId: 0, delay: 0, dontFragment: false },
        },
      },
    },
    {
      action: '{ do: throttle, rate_kbps: 128 }',
      want: { do: 'throttle', way: 'both', rate: 128, burst: 15_000, how: 'police' },
    },
    {
      action: '{ do: delay, ms: 250, way: to-server }',
      want: { do: 'delay', way: 'to-server', by: 250 },
    },
    {
      action: '{ do: dns, answer: nxdomain, ip_id: copied }',
      trigger: DNS,
      want: {
        do: 'dns',
        rcode: 'nxdomain',
        answers: [],
        count: 1,
        delay: 0,
        ttl: 64,
        ipId: 'copied',
      },
    },
    {
      action: '{ do: dns, answer: empty, count: 2, delay_ms: 3 }',
      trigger: DNS,
      want: { do: 'dns', rcode: 'noerror', answers: [], count: 2, delay: 3, ...NUMBERS },
    },
    {
      action: '{ do: dns, answer: forged, addresses: [127.0.0.1, "::1"], ttl_s: 300 }',
      trigger: DNS,
      want: {
        ...{ do: 'dns', rcode: 'noerror', count: 1, delay: 0, ...NUMBERS },
        answers: [
          { type: 'A', address: Uint8Array.of(127, 0, 0, 1), ttl: 300 },
          { type: 'AAAA', address: new Uint8Array(16).fill(1, 15), ttl: 300 },
        ],
      },
    },
  ])('$action', ({ want, ...parts }) => {
    expect(ruleOf(parts).action).toEqual(want);
  });

  test('a raw response is sent as it is', () => {
    const { action } = ruleOf({ action: '{ do: respond, raw: "HTTP/1.1 200 \\r\\n\\r\\n" }' });
    expect(action).toMatchObject({ payload: ascii('HTTP/1.1 200 \r\n\r\n'), server: 'reset' });
  });
});

describe('the other fields of a rule are those of the engine', () => {
  test('all of them', () => {
    const more = [
      'direction: to-server',
      'ports: [80, 8080]',
      'probability: 0.25',
      'during: { from: "2020-02-01T00:00:00Z", to: "2020-03-01T00:00:00Z" }',
      'residual: { scope: 3-tuple, duration_ms: 90000, refresh: true, do: reset, way: to-server, after_ms: 5 }',
    ].join('; ');
    const residual: Residual = {
      ...{ scope: '3-tuple', duration: 90_000, refresh: true, does: 'reset' },
      ...{ way: 'to-server', after: 5 },
    };
    expect(ruleOf({ more })).toMatchObject({
      name: 'r',
      direction: 'to-server',
      ports: [80, 8080],
      probability: 0.25,
      during: { from: Date.UTC(2020, 1, 1), to: Date.UTC(2020, 2, 1) },
      residual,
    });
  });

  test('none of them, and a scenario without a seed', () => {
    const { direction, ports, probability, during, residual } = ruleOf({});
    expect([direction, ports, probability, during, residual]).toEqual(Array(5).fill(undefined));
    expect(readScenario().seed).toBe(0);
  });

  test.each([
    { trigger: DNS, action: '{ do: drop }', want: 'to-server' },
    { trigger: DNS, action: '{ do: drop }', more: 'direction: to-client', want: 'to-client' },
    { trigger: '{ match: protocol, not: [tls] }', want: 'to-server' },
    { trigger: '{ match: fully-encrypted }', want: 'to-server' },
    {
      trigger: '{ match: payload, keywords: [x] }',
      action: '{ do: respond, raw: no }',
      want: 'to-server',
    },
    { trigger: '{ match: payload, keywords: [x] }', want: undefined },
    { trigger: '{ match: volume, packets_over: 3 }', want: undefined },
  ])('$trigger $action looks at what goes $want', ({ want, ...parts }) => {
    expect(ruleOf(parts).direction).toBe(want);
  });
});

describe('every trigger can be said', () => {
  test.each([
    { trigger: '{ match: http.host, patterns: ["^m.*tv$"] }', observes: 'http.host' },
    { trigger: '{ match: tls.sni, domains: [meydan], as: substring }', observes: 'tls.sni' },
    {
      trigger: '{ match: quic.sni, domains: [meydan.tv] }',
      action: '{ do: drop }',
      observes: 'quic.sni',
    },
    { trigger: DNS, action: '{ do: drop }', observes: 'dns.qname' },
    { trigger: '{ match: http.url, keywords: [falun], whole_token: true }', observes: 'http.url' },
    { trigger: '{ match: payload, hex: ["16 03 01"], patterns: [a] }', observes: 'payload' },
    {
      trigger: '{ match: address, addresses: ["86.59.30.36:443", "2001:db8::/32"], of: either }',
      observes: 'address',
    },
    {
      trigger:
        '{ match: tls.client-hello, ja3: [00112233445566778899aabbccddeeff], ja4: [t13d1516h2_8daaf6152771_e5627efa2ab1], ciphers: [0x1301, 0xc02b], sni: present, ech: false, esni: false }',
      observes: 'tls.client-hello',
    },
    {
      trigger:
        '{ match: tls.server-flight, version: [0x0303], cipher: [0x0039], extensions: [0xff01, 35], session_id_length: [0], subject: "^www\\\\.", issuer: CA, ja3s: ["769,57,65281"] }',
      observes: 'tls.server-flight',
    },
    { trigger: '{ match: protocol, is: [ssh, unknown] }', observes: 'protocol' },
    { trigger: '{ match: fully-encrypted }', observes: 'first-payload' },
    { trigger: '{ match: volume, bytes_over: 17000, of: to-client }', observes: 'volume' },
  ])('$trigger', ({ observes, ...parts }) => {
    expect(ruleOf(parts).trigger.observes).toBe(observes);
  });
});

function ruleOf(parts: ScenarioParts): Rule {
  const [rule] = readPolicy(parts).rules;
  if (rule === undefined) throw new Error('there is a rule in every scenario');
  return rule;
}
