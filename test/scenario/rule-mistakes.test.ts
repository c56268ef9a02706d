import { describe, expect, test } from 'vitest';
import { complaintsAbout, type ScenarioParts, scenarioOf } from '../support/scenarios.ts';

interface Row extends ScenarioParts {
  readonly says: readonly string[];
}

describe('a rule that cannot be is told where, and what would be right', () => {
  test.each(
    titled([
      {
        trigger: '{ match: http.host }',
        says: [
          '16:14: rules[0].trigger: expected "domains", "list" or "patterns"; found none of them',
        ],
      },
      {
        trigger: '{ match: tls.sni, domains: [a.tv], patterns: ["a.*"] }',
        says: [
          '16:41: rules[0].trigger.domains: names cannot be combined with patterns in one trigger; expected a rule of its own for them',
        ],
      },
      {
        trigger: '{ match: tls.sni, patterns: ["a.*"], as: exact }',
        says: [
          '16:55: rules[0].trigger.as: "exact" cannot be combined with patterns, which are regular expressions; leave it out',
        ],
      },
      {
        trigger: '{ match: tls.sni, patterns: ["(a"] }',
        says: [
          '16:43: rules[0].trigger.patterns[0]: found "(a" (missing closing )); expected RE2 syntax: no backreference, no lookaround, no repetition above 1000',
        ],
      },
      {
        trigger: `{ match: payload, patterns: [${Array.from({ length: 5 }, () => '"(ab){100}"').join(', ')}] }`,
        says: [
          '16:42: rules[0].trigger.patterns: expected expressions of at most 2000 instructions together, about one for each character and each time it is repeated, not 2010; found a list of 5',
        ],
      },
      {
        trigger: '{ match: tls.sni, domains: [] }',
        says: ['16:41: rules[0].trigger.domains: expected at least 1 item; found a list of 0'],
      },
      {
        trigger: '{ match: tls.sni, domains: [a..tv] }',
        says: [
          '16:42: rules[0].trigger.domains[0]: expected a domain name such as "meydan.tv" or "*.meydan.tv"; found "a..tv", an empty label: write one dot between labels',
        ],
      },
      {
        trigger: '{ match: tls.sni, domains: [a.tv], as: glob }',
        says: [
          '16:53: rules[0].trigger.as: expected "exact" or "suffix" or "substring" or "regex"; found "glob"',
        ],
      },
      {
        trigger: '{ match: tls.sny }',
        says: [
          '16:23: rules[0].trigger.match: expected "http.host" or "tls.sni" or "quic.sni" or "dns.qname" or "http.url" or "payload" or "address" or "tls.client-hello" or "tls.server-flight" or "protocol" or "fully-encrypted" or "volume" or "packet" or "all"; found "tls.sny"',
        ],
      },
      {
        trigger: '{ match: payload }',
        says: [
          '16:14: rules[0].trigger: expected "keywords", "hex" or "patterns"; found none of them',
        ],
      },
      {
        trigger: '{ match: payload, hex: ["16 3"] }',
        says: [
          '16:38: rules[0].trigger.hex[0]: expected 1 to 256 bytes in hexadecimal, such as "16 03 01"; found "16 3"',
        ],
      },
      {
        trigger: '{ match: payload, patterns: [x], whole_token: true }',
        says: [
          '16:60: rules[0].trigger.whole_token: true has no effect: it is for keywords, and there are none; leave it out',
        ],
      },
      {
        trigger: '{ match: http.url, keywords: [""] }',
        says: ['16:44: rules[0].trigger.keywords[0]: expected at least 1 character; found ""'],
      },
      {
        trigger: '{ match: address, addresses: [10.0.0.1/8] }',
        says: [
          '16:44: rules[0].trigger.addresses[0]: found "10.0.0.1/8", which has bits set beyond its prefix; expected the first address of the network',
        ],
      },
      {
        trigger: '{ match: address, addresses: [example.org] }',
        says: [
          '16:44: rules[0].trigger.addresses[0]: found "example.org"; expected an address, a network or *, such as "86.59.30.36:443", "10.0.0.0/8", "[2001:db8::1]:443" or "*:9001"',
        ],
      },
      {
        trigger: '{ match: address, addresses: [10.0.0.1], of: both }',
        says: [
          '16:59: rules[0].trigger.of: expected "server" or "client" or "either"; found "both"',
        ],
      },
      {
        trigger: '{ match: tls.client-hello, ja3: [abc] }',
        says: [
          '16:47: rules[0].trigger.ja3[0]: expected a JA3: 32 digits in hexadecimal, or its text; found "abc"',
        ],
      },
      {
        trigger: '{ match: tls.client-hello, ciphers: [0x10000] }',
        says: ['16:51: rules[0].trigger.ciphers[0]: expected at most 65535; found 65536'],
      },
      {
        trigger: '{ match: tls.client-hello, ja4: [x] }',
        says: [
          '16:47: rules[0].trigger.ja4[0]: expected a JA4 such as "t13d1516h2_8daaf6152771_e5627efa2ab1"; found "x"',
        ],
      },
      {
        trigger: '{ match: tls.server-flight, version: [0x0304], subject: x }',
        says: [
          '16:70: rules[0].trigger.subject: cannot be combined with version 0x0304: TLS 1.3 encrypts the certificate',
        ],
      },
      {
        trigger: '{ match: tls.server-flight, version: [0x0303], key_share_group: [29] }',
        says: [
          '16:78: rules[0].trigger.key_share_group: cannot be combined with version 0x0303: only TLS 1.3 has key shares',
        ],
      },
      {
        trigger: '{ match: tls.server-flight, subject: "(" }',
        says: [
          '16:51: rules[0].trigger.subject: found "(" (missing closing )); expected RE2 syntax: no backreference, no lookaround, no repetition above 1000',
        ],
      },
      {
        trigger: '{ match: protocol }',
        says: ['16:14: rules[0].trigger: expected "is" or "not"; found neither'],
      },
      {
        trigger: '{ match: protocol, is: [tls], not: [http] }',
        says: ['16:49: rules[0].trigger.not: cannot be combined with "is"; leave one of them out'],
      },
      {
        trigger: '{ match: protocol, is: [ftp] }',
        says: [
          '16:38: rules[0].trigger.is[0]: expected "tls" or "http" or "dns" or "ssh" or "quic" or "unknown"; found "ftp"',
        ],
      },
      {
        trigger: '{ match: volume }',
        says: ['16:14: rules[0].trigger: expected "bytes_over" or "packets_over"; found neither'],
      },
      {
        trigger: '{ match: fully-encrypted, of: server }',
        says: ['16:40: rules[0].trigger.of: unknown key; expected one of match'],
      },
      {
        more: 'direction: to-client',
        says: [
          '18:16: rules[0].direction: nothing sets the rule off, in profile "p": what http.host reads goes to-server; leave "to-client" out',
        ],
      },
      {
        more: 'direction: up',
        says: ['18:16: rules[0].direction: expected "to-server" or "to-client"; found "up"'],
      },
      {
        more: 'ports: []',
        says: ['18:12: rules[0].ports: expected at least 1 item; found a list of 0'],
      },
      { more: 'ports: any', says: ['18:12: rules[0].ports: expected a list; found "any"'] },
      {
        more: 'probability: 0',
        says: ['18:18: rules[0].probability: expected more than 0; found 0'],
      },
      {
        more: 'probability: 1.1',
        says: ['18:18: rules[0].probability: expected at most 1; found 1.1'],
      },
      {
        more: 'during: { from: "2020-02-01T00:00:00Z", to: "2020-01-01T00:00:00Z" }',
        says: [
          '18:49: rules[0].during.to: expected a time after it begins (2020-02-01T00:00:00Z); found "2020-01-01T00:00:00Z"',
        ],
      },
      {
        more: 'during: { from: "2019-01-01T00:00:00Z", to: "2019-02-01T00:00:00Z" }',
        says: [
          "18:13: rules[0].during: expected a time within the scenario's period (2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z); found 2019-01-01T00:00:00Z to 2019-02-01T00:00:00Z",
        ],
      },
      {
        more: 'during: { from: "2020-02-01", to: "2020-03-01T00:00:00Z" }',
        says: [
          '18:21: rules[0].during.from: expected a time in UTC such as "2017-03-27T11:30:00Z"; found "2020-02-01"',
        ],
      },
      {
        more: 'residual: { scope: 5-tuple, duration_ms: 1 }',
        says: [
          '18:24: rules[0].residual.scope: expected "4-tuple" or "3-tuple" or "2-tuple" or "source" or "destination"; found "5-tuple"',
        ],
      },
      {
        more: 'residual: { scope: 3-tuple }',
        says: ['18:5: rules[0].residual.duration_ms: expected a number; it is missing'],
      },
      {
        more: 'residual: { scope: source, duration_ms: 90000, do: reset }',
        action: '{ do: drop }',
        says: [
          '18:56: rules[0].residual.do: "reset" cannot be combined with action "drop": it repeats the RSTs of an action "reset"; expected "drop"',
        ],
      },
      {
        more: 'residual: { scope: source, duration_ms: 90000 }',
        action: '{ do: pass }',
        says: [
          '18:15: rules[0].residual: cannot be combined with action "pass", which interferes with nothing; leave it out',
        ],
      },
      {
        action: '{ do: drop, way: both }',
        says: ['17:25: rules[0].action.way: unknown key; expected one of do'],
      },
      {
        action: '{ do: explode }',
        says: [
          '17:19: rules[0].action.do: expected "pass" or "drop" or "blackhole" or "reset" or "respond" or "dns" or "throttle" or "delay"; found "explode"',
        ],
      },
      {
        action: '{ do: reset, ttl: [64, 60] }',
        says: ['17:31: rules[0].action.ttl: expected the lower one first; found 64, 60'],
      },
      {
        action: '{ do: reset, ttl: [64, 600] }',
        says: ['17:36: rules[0].action.ttl[1]: expected at most 255; found 600'],
      },
      {
        action: '{ do: reset, ttl: copy }',
        says: ['17:31: rules[0].action.ttl: expected a number or "copied" or a list; found "copy"'],
      },
      {
        action: '{ do: reset, ttl: [1, 2, 3] }',
        says: [
          '17:31: rules[0].action.ttl: expected a number or "copied" or at most 2 items; found a list of 3',
        ],
      },
      {
        action: '{ do: reset, seq: ramp }',
        says: [
          '17:31: rules[0].action.seq: "ramp" has no effect with count 1: its first RST is "exact"; expected a count above 1',
        ],
      },
      {
        action: '{ do: reset, ip_id: 65536 }',
        says: ['17:33: rules[0].action.ip_id: expected at most 65535; found 65536'],
      },
      {
        action: '{ do: reset, ip_id: any }',
        says: [
          '17:33: rules[0].action.ip_id: expected a number or "copied" or "random"; found "any"',
        ],
      },
      {
        action: '{ do: respond }',
        says: ['17:13: rules[0].action: expected status and reason, or raw; found neither'],
      },
      {
        action: '{ do: respond, status: 403 }',
        says: [
          '17:36: rules[0].action.status: expected reason beside it, such as "Forbidden"; it is missing',
        ],
      },
      {
        action: '{ do: respond, raw: x, body: y }',
        says: [
          '17:42: rules[0].action.body: cannot be combined with raw, which is the whole response; leave one of them out',
        ],
      },
      {
        action: '{ do: respond, status: 403, reason: "a\\nb" }',
        says: ['17:49: rules[0].action.reason: expected a text of one line; found "a\\nb"'],
      },
      {
        action: '{ do: respond, status: 200, reason: OK, headers: { "a b": c } }',
        says: [
          '17:64: rules[0].action.headers.a b: expected the name of a header, such as "Location"',
        ],
      },
      {
        action: '{ do: respond, status: 200, reason: OK }',
        trigger: '{ match: tls.sni, domains: [a.tv] }',
        says: [
          '17:19: rules[0].action.do: "respond" cannot be combined with trigger tls.sni: it answers a request; expected one of http.host, http.url, payload',
        ],
      },
      {
        action: '{ do: respond, status: 200, reason: OK }',
        trigger: '{ match: payload, keywords: [a] }',
        more: 'direction: to-client',
        says: [
          '17:19: rules[0].action.do: "respond" cannot be combined with trigger payload: with direction "to-client" it would answer the server',
        ],
      },
      {
        action: '{ do: dns, answer: nxdomain }',
        says: [
          '17:19: rules[0].action.do: "dns" cannot be combined with trigger http.host: it answers a question; expected the trigger dns.qname',
        ],
      },
      {
        action: '{ do: dns }',
        trigger: '{ match: dns.qname, domains: [a.tv] }',
        says: [
          '17:5: rules[0].action.answer: expected "forged" or "nxdomain" or "refused" or "servfail" or "empty"; it is missing',
        ],
      },
      {
        action: '{ do: dns, answer: nxdomain, addresses: [1.2.3.4] }',
        trigger: '{ match: dns.qname, domains: [a.tv] }',
        says: [
          '17:42: rules[0].action.addresses: unknown key; expected one of do, count, delay_ms, ttl, ip_id, answer',
        ],
      },
      {
        action: '{ do: dns, answer: forged, addresses: ["::1"] }',
        trigger: '{ match: dns.qname, domains: [a.tv] }',
        says: [
          '17:51: rules[0].action.addresses: expected an IPv4 address too: without one, a question for it is answered with nothing',
        ],
      },
      {
        action: '{ do: dns, answer: forged, addresses: [1.2.3] }',
        trigger: '{ match: dns.qname, domains: [a.tv] }',
        says: [
          '17:52: rules[0].action.addresses[0]: expected an IPv4 or IPv6 address, such as "127.0.0.1"; found "1.2.3"',
        ],
      },
      {
        action: '{ do: reset }',
        trigger: '{ match: dns.qname, domains: [a.tv] }',
        says: [
          '17:19: rules[0].action.do: "reset" cannot be combined with trigger dns.qname in profile "p": without dns.tcp it reads DNS over UDP, which has no RST; expected "dns" or "drop", or dns.tcp true',
        ],
      },
      {
        action: '{ do: reset }',
        trigger: '{ match: quic.sni, domains: [a.tv] }',
        says: [
          '17:19: rules[0].action.do: "reset" cannot be combined with trigger quic.sni: QUIC runs over UDP, which has no RST; expected "drop" or "blackhole"',
        ],
      },
      {
        action: '{ do: reset }',
        trigger: '{ match: protocol, is: [quic] }',
        says: [
          '17:19: rules[0].action.do: "reset" cannot be combined with trigger protocol: QUIC runs over UDP, which has no RST; expected "drop" or "blackhole"',
        ],
      },
      {
        action: '{ do: throttle }',
        says: ['17:5: rules[0].action.rate_kbps: expected a number; it is missing'],
      },
      {
        action: '{ do: throttle, rate_kbps: 0, burst_bytes: 100 }',
        says: [
          '17:40: rules[0].action.rate_kbps: expected more than 0; found 0',
          '17:56: rules[0].action.burst_bytes: expected at least 1500; found 100',
        ],
      },
      {
        action: '{ do: delay, ms: 0 }',
        says: ['17:30: rules[0].action.ms: expected more than 0; found 0'],
      },
      {
        trigger: '{ match: address, addresses: [1.2.3.4] }',
        more: 'direction: to-client',
        says: [
          '18:16: rules[0].direction: nothing sets the rule off, in profile "p": what address reads goes to-server; leave "to-client" out',
        ],
      },
      {
        period: '{ from: "2020-01-01T00:00:00Z", to: "2019-01-01T00:00:00Z" }',
        says: [
          '5:45: period.to: expected a time after the period begins (2020-01-01T00:00:00Z); found "2019-01-01T00:00:00Z"',
        ],
      },
    ]),
  )('$title', expectSays);

  test('a keyword of more bytes than are looked back on', () => {
    const trigger = `{ match: payload, keywords: ["${'é'.repeat(129)}"] }`;
    expect(complaintsAbout(scenarioOf({ trigger }))).toEqual([
      expect.stringMatching(
        /^x\.yaml:16:43: rules\[0\]\.trigger\.keywords\[0\]: expected at most 256 bytes of UTF-8; found "/,
      ),
    ]);
  });
});

describe('a rule that a profile cannot carry out, or never sees set off, is told with the profile', () => {
  test.each(
    titled([
      {
        profile: '{ direction: to-client }',
        says: [
          '16:23: rules[0].trigger.match: nothing sets the rule off, in profile "p": the box reads only what goes to-client',
        ],
      },
      {
        profile: '{ position: on-path }',
        action: '{ do: drop }',
        says: [
          '17:19: rules[0].action.do: "drop" cannot be combined with profile "p", which is on-path: it can hold no packet back; expected "reset", "respond", "dns" or "pass"',
        ],
      },
      {
        profile: '{ position: on-path }',
        more: 'residual: { scope: 2-tuple, duration_ms: 5 }',
        says: [
          '18:5: rules[0].residual.do: "drop" cannot be combined with profile "p", which is on-path: it can hold no packet back; expected "reset"',
        ],
      },
      {
        profile: '{ tls: { parse: substring } }',
        trigger: '{ match: tls.sni, patterns: [a] }',
        says: [
          '16:42: rules[0].trigger.patterns: regular expressions cannot be combined with tls.parse "substring" of profile "p", which looks for names in raw bytes',
        ],
      },
      {
        profile: '{ tls: { parse: substring } }',
        trigger: '{ match: tls.sni, domains: [a.tv], as: regex }',
        says: [
          '16:53: rules[0].trigger.as: regular expressions cannot be combined with tls.parse "substring" of profile "p", which looks for names in raw bytes',
        ],
      },
      {
        profile: '{ tls: { parse: substring } }',
        trigger: '{ match: tls.sni, domains: [a.tv], as: exact }',
        says: [
          '16:53: rules[0].trigger.as: "exact" has no effect: no profile knows where a name begins and ends; leave it out',
        ],
      },
      {
        profile: '{ host: { match: exact } }',
        trigger: '{ match: tls.sni, domains: [a.tv], as: exact }',
        says: [
          '12:23: profiles.p.host.match: "exact" has no effect: every rule says itself how its names are compared; leave it out',
        ],
      },
      {
        profile: '{ ports: [443] }',
        more: 'ports: [80]',
        says: [
          '18:12: rules[0].ports: nothing sets the rule off, in profile "p": the box does not read these ports',
        ],
      },
      {
        profile: '{ dns: { udp: false } }',
        trigger: '{ match: dns.qname, domains: [a.tv] }',
        action: '{ do: drop }',
        says: [
          '16:23: rules[0].trigger.match: nothing sets the rule off, in profile "p": dns.udp and dns.tcp are false',
        ],
      },
      {
        profile: '{ ports: [443] }',
        trigger: '{ match: dns.qname, domains: [a.tv] }',
        action: '{ do: drop }',
        says: [
          '16:23: rules[0].trigger.match: nothing sets the rule off, in profile "p": the box does not read these ports',
        ],
      },
      {
        profile: '{ direction: to-server }',
        trigger: '{ match: tls.server-flight }',
        says: [
          '16:23: rules[0].trigger.match: nothing sets the rule off, in profile "p": the box reads only what goes to-server',
        ],
      },
    ]),
  )('$title', expectSays);

  test('but not one that another profile sees', () => {
    const parts = { profile: '{ ports: [443] }', others: 'q: {}', more: 'ports: [80]' };
    expect(complaintsAbout(scenarioOf(parts))).toEqual([]);
  });

  test('a name looked for in raw bytes may stand in what a server says', () => {
    const parts = { profile: '{ preset: stateless-substring }', more: 'direction: to-client' };
    expect(complaintsAbout(scenarioOf(parts))).toEqual([]);
  });
});

describe('every value of a rule and a profile needs evidence, defaults and empty lists too', () => {
  test.each(
    titled([
      {
        evidence:
          'period, networks, topology, origin, profiles, rules.*.name, rules.*.trigger, rules.*.action.do',
        more: 'probability: 0.5; residual: { scope: source, duration_ms: 5 }; during: { from: "2020-02-01T00:00:00Z", to: "2020-03-01T00:00:00Z" }',
        action: '{ do: drop }',
        says: [
          '18:18: rules[0].probability: no evidence for this value; name it under `evidence` as documented or surrogate',
          '20:21: rules[0].during.from: no evidence for this value; name it under `evidence` as documented or surrogate',
          '20:49: rules[0].during.to: no evidence for this value; name it under `evidence` as documented or surrogate',
          '19:24: rules[0].residual.scope: no evidence for this value; name it under `evidence` as documented or surrogate',
          '19:45: rules[0].residual.duration_ms: no evidence for this value; name it under `evidence` as documented or surrogate',
          '19:5: rules[0].residual.refresh: no evidence for this value; name it under `evidence` as documented or surrogate',
          '19:5: rules[0].residual.do: no evidence for this value; name it under `evidence` as documented or surrogate',
          '19:5: rules[0].residual.way: no evidence for this value; name it under `evidence` as documented or surrogate',
          '19:5: rules[0].residual.after_ms: no evidence for this value; name it under `evidence` as documented or surrogate',
        ],
      },
      {
        evidence: 'period, networks, topology, origin, rules',
        profile: '{ tcb: { resync_on: [] } }',
        says: [
          '12:3: profiles.p.preset: no evidence for this value; name it under `evidence` as documented or surrogate',
          '12:26: profiles.p.tcb.resync_on: no evidence for this value; name it under `evidence` as documented or surrogate',
        ],
      },
    ]),
  )('$title', expectSays);
});

function titled(rows: readonly Row[]): (Row & { readonly title: string })[] {
  return rows.map(({ says, ...parts }) => ({
    ...parts,
    says,
    title: Object.values(parts).join(' '),
  }));
}

function expectSays({ says, ...parts }: Row): void {
  expect(complaintsAbout(scenarioOf(parts))).toEqual(says.map((line) => `x.yaml:${line}`));
}
