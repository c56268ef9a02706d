import { describe, expect, test } from 'vitest';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

describe('a value that a knob does not have is told with those that it has', () => {
  test.each([
    {
      profile: '{ preset: best }',
      says: [
        '12:16: profiles.p.preset: expected "plain" or "stateless-substring" or "first-payload" or "naive-stream" or "strict"; found "best"',
      ],
    },
    {
      profile: '{ mode: packet }',
      says: [
        '12:8: profiles.p.mode: unknown key; expected one of preset, position, ports, direction, tcb, validate, hops, stream, ip, tunnels, ip6, tls, http, host, dns, quic, fail_mode',
      ],
    },
    {
      profile: '{ ports: 80 }',
      says: ['12:15: profiles.p.ports: expected "any" or a list; found 80'],
    },
    {
      profile: '{ ports: [80, 0] }',
      says: ['12:20: profiles.p.ports[1]: expected at least 1; found 0'],
    },
    {
      profile: '{ tls: { record_reassembly: half } }',
      says: [
        '12:34: profiles.p.tls.record_reassembly: expected "none" or "full" or a number; found "half"',
      ],
    },
    {
      profile: '{ tls: { record_reassembly: 0 } }',
      says: ['12:34: profiles.p.tls.record_reassembly: expected at least 1; found 0'],
    },
    {
      profile: '{ validate: { ack: yes } }',
      says: ['12:25: profiles.p.validate.ack: expected true or false; found "yes": write true'],
    },
    {
      profile: '{ stream: { limit: { bytes: 2000000 } } }',
      says: ['12:34: profiles.p.stream.limit.bytes: expected at most 1048576; found 2000000'],
    },
    {
      profile: '{ tcb: { idle_timeout_ms: 0 } }',
      says: ['12:32: profiles.p.tcb.idle_timeout_ms: expected at least 1; found 0'],
    },
    {
      profile: '{ http: { methods: [GET, "A B"] } }',
      says: ['12:31: profiles.p.http.methods[1]: expected a method such as "GET"; found "A B"'],
    },
    {
      profile: '{ stream: in-order }',
      says: ['12:16: profiles.p.stream: expected a mapping of keys to values; found "in-order"'],
    },
    {
      profile: '{ tcb: { teardown: { on: [rest] } } }',
      says: [
        '12:32: profiles.p.tcb.teardown.on[0]: expected "rst" or "rstack" or "fin" or "oddflags"; found "rest"',
      ],
    },
  ])('$profile', expectSays);
});

describe('knobs that contradict each other, or do nothing, are told where they stand, and why', () => {
  test.each([
    {
      profile: '{ tcb: { create: none }, stream: { mode: in-order } }',
      says: [
        '12:23: profiles.p.tcb.create: "none" cannot be combined with stream.mode "in-order": a box without sessions reads every packet alone',
      ],
    },
    {
      profile: '{ preset: naive-stream, tcb: { create: none } }',
      says: [
        '12:45: profiles.p.tcb.create: "none" cannot be combined with stream.mode "in-order" of the preset naive-stream: a box without sessions reads every packet alone',
        '12:45: profiles.p.tcb.create: "none" cannot be combined with validate.seq "window" of the preset naive-stream: a box without sessions reads every packet alone',
      ],
    },
    {
      profile: '{ preset: stateless-substring, stream: { mode: full } }',
      says: [
        '12:53: profiles.p.stream.mode: "full" cannot be combined with tcb.create "none" of the preset stateless-substring: a box without sessions reads every packet alone',
      ],
    },
    {
      profile:
        '{ tcb: { create: none }, validate: { seq: window, ack: true, options: { paws: reject } } }',
      says: [
        '12:23: profiles.p.tcb.create: "none" cannot be combined with validate.seq "window": a box without sessions reads every packet alone',
        '12:23: profiles.p.tcb.create: "none" cannot be combined with validate.ack true: a box without sessions reads every packet alone',
        '12:23: profiles.p.tcb.create: "none" cannot be combined with validate.options.paws "reject": a box without sessions reads every packet alone',
      ],
    },
    {
      profile: '{ tcb: { create: none }, stream: { limit: { packets: 3 } } }',
      says: [
        '12:23: profiles.p.tcb.create: "none" cannot be combined with stream.limit.packets 3: a box without sessions reads every packet alone',
      ],
    },
    {
      profile: '{ preset: first-payload, tcb: { create: synack } }',
      says: [
        '12:46: profiles.p.tcb.create: "synack" cannot be combined with tcb.syn_payload "inspect" of the preset first-payload: the session begins only after the SYN',
      ],
    },
    {
      profile: '{ position: on-path, ip: { defrag: drop-fragments } }',
      says: [
        '12:18: profiles.p.position: "on-path" cannot be combined with ip.defrag "drop-fragments": a box that sees copies of packets can hold none back',
      ],
    },
    {
      profile: '{ position: on-path, ip6: { ext_headers: drop } }',
      says: [
        '12:18: profiles.p.position: "on-path" cannot be combined with ip6.ext_headers "drop": a box that sees copies of packets can hold none back',
      ],
    },
    {
      profile:
        '{ position: on-path, stream: { mode: in-order, out_of_order: drop, urgent: drop, limit: { on_limit: freeze } } }',
      says: [
        '12:18: profiles.p.position: "on-path" cannot be combined with stream.out_of_order "drop": a box that sees copies of packets can hold none back',
        '12:18: profiles.p.position: "on-path" cannot be combined with stream.urgent "drop": a box that sees copies of packets can hold none back',
        '12:18: profiles.p.position: "on-path" cannot be combined with stream.limit.on_limit "freeze": a box that sees copies of packets can hold none back',
      ],
    },
    {
      profile:
        '{ position: on-path, tls: { on_partial: drop }, tcb: { eviction: newest }, fail_mode: closed }',
      says: [
        '12:18: profiles.p.position: "on-path" cannot be combined with tls.on_partial "drop": a box that sees copies of packets can hold none back',
        '12:18: profiles.p.position: "on-path" cannot be combined with fail_mode "closed": a box that sees copies of packets can hold none back',
      ],
    },
    {
      profile:
        '{ tcb: { create: none, on_second_syn: multi, roles: synack-sender-is-server, teardown: { on: [rst], match: 4tuple, then: forget }, resync_on: [syn] } }',
      says: [
        '12:58: profiles.p.tcb.roles: "synack-sender-is-server" has no effect: with tcb.create "none" there is no session that could begin or end; leave it out',
        '12:44: profiles.p.tcb.on_second_syn: "multi" has no effect: with tcb.create "none" there is no session that could begin or end; leave it out',
        '12:99: profiles.p.tcb.teardown.on: ["rst"] has no effect: with tcb.create "none" there is no session that could begin or end; leave it out',
        '12:113: profiles.p.tcb.teardown.match: "4tuple" has no effect: with tcb.create "none" there is no session that could begin or end; leave it out',
        '12:127: profiles.p.tcb.teardown.then: "forget" has no effect: with tcb.create "none" there is no session that could begin or end; leave it out',
        '12:148: profiles.p.tcb.resync_on: ["syn"] has no effect: with tcb.create "none" there is no session that could begin or end; leave it out',
      ],
    },
    {
      profile: '{ tcb: { create: synack, roles: syn-sender-is-client } }',
      says: [
        '12:38: profiles.p.tcb.roles: "syn-sender-is-client" has no effect: with tcb.create "synack" whoever sends the SYN/ACK is the server; leave it out',
      ],
    },
    {
      profile: '{ tcb: { teardown: { on: [], match: 4tuple } } }',
      says: [
        '12:42: profiles.p.tcb.teardown.match: "4tuple" has no effect: with tcb.teardown.on [] nothing ends a session; leave it out',
      ],
    },
    {
      profile: '{ tcb: { teardown: { on: [rst], then: ignore } } }',
      says: [
        '12:31: profiles.p.tcb.teardown.on: ["rst"] has no effect: with tcb.teardown.then "ignore" nothing ends a session; leave it out',
      ],
    },
    {
      profile:
        '{ stream: { mode: in-order }, tcb: { teardown: { match: ports-ignored, then: resync } } }',
      says: [
        '12:62: profiles.p.tcb.teardown.match: "ports-ignored" has no effect: with tcb.teardown.then "resync" only the flow of the packet itself is looked at anew; leave it out',
      ],
    },
    {
      profile: '{ tcb: { resync_on: [syn], on_second_syn: multi } }',
      says: [
        '12:26: profiles.p.tcb.resync_on: ["syn"] has no effect: without a stream, and with validate.seq "none", sequence numbers play no part; leave it out',
        '12:48: profiles.p.tcb.on_second_syn: "multi" has no effect: without a stream, and with validate.seq "none", sequence numbers play no part; leave it out',
      ],
    },
    {
      profile: '{ quic: { connections: ids } }',
      says: [
        '12:29: profiles.p.quic.connections: "ids" has no effect: with quic.crypto "first-datagram" a flow has one connection that is read; leave it out',
      ],
    },
    {
      profile: '{ fail_mode: closed }',
      says: [
        '12:19: profiles.p.fail_mode: "closed" has no effect: unless tcb.eviction is "newest", an older flow makes room for each new one; leave it out',
      ],
    },
    {
      profile: '{ hops: { aware: true } }',
      says: [
        '12:23: profiles.p.hops.aware: true has no effect: with hops.before 0 and hops.after 0 every packet arrives; leave it out',
      ],
    },
    {
      profile:
        '{ stream: { overlap: last, out_of_order: ignore, min_segment_bytes: 8, urgent: oob, limit: { ms: 5, bytes: 3, on_limit: drop } } }',
      says: [
        '12:27: profiles.p.stream.overlap: "last" has no effect: with stream.mode "packet" or "first-payload" nothing is put together; leave it out',
        '12:47: profiles.p.stream.out_of_order: "ignore" has no effect: with stream.mode "packet" or "first-payload" nothing is put together; leave it out',
        '12:74: profiles.p.stream.min_segment_bytes: 8 has no effect: with stream.mode "packet" or "first-payload" nothing is put together; leave it out',
        '12:103: profiles.p.stream.limit.ms: 5 has no effect: with stream.mode "packet" or "first-payload" nothing is put together; leave it out',
        '12:85: profiles.p.stream.urgent: "oob" has no effect: with stream.mode "packet" or "first-payload" nothing is put together; leave it out',
        '12:113: profiles.p.stream.limit.bytes: 3 has no effect: with stream.mode "packet" or "first-payload" nothing is put together; leave it out',
        '12:126: profiles.p.stream.limit.on_limit: "drop" has no effect: without a stream there is only stream.limit.packets, which is 0; leave it out',
      ],
    },
    {
      profile: '{ stream: { mode: first-payload, limit: { packets: 2 } } }',
      says: [
        '12:57: profiles.p.stream.limit.packets: 2 has no effect: with stream.mode "first-payload" the second is not read; leave it out',
      ],
    },
    {
      profile: '{ validate: { seq: exact }, stream: { mode: in-order, overlap: last } }',
      says: [
        '12:69: profiles.p.stream.overlap: "last" has no effect: with validate.seq "exact" only the segment whose turn it is gets that far; leave it out',
      ],
    },
    {
      profile: '{ http: { parse: substring, whitespace: lenient } }',
      says: [
        '12:46: profiles.p.http.whitespace: "lenient" has no effect: with http.parse "substring" no request is read; leave it out',
      ],
    },
    {
      profile: '{ tls: { parse: substring, record_reassembly: full, on_partial: drop } }',
      says: [
        '12:52: profiles.p.tls.record_reassembly: "full" has no effect: with tls.parse "substring" no record is read; leave it out',
        '12:70: profiles.p.tls.on_partial: "drop" has no effect: with tls.parse "substring" no ClientHello is read; leave it out',
      ],
    },
    {
      profile: '{ dns: { udp: false, ports: [53] } }',
      says: [
        '12:34: profiles.p.dns.ports: [53] has no effect: with dns.udp false and dns.tcp false no DNS is read; leave it out',
      ],
    },
    {
      profile: '{ http: { parse: substring }, host: { match: exact, normalise: { idna: true } } }',
      says: [
        '12:51: profiles.p.host.match: "exact" has no effect: the names of all rules are looked for in raw bytes; leave it out',
        '12:77: profiles.p.host.normalise.idna: true has no effect: the names of all rules are looked for in raw bytes; leave it out',
      ],
    },
    {
      profile: '{ http: { parse: substring }, host: { match: regex } }',
      says: [
        '12:51: profiles.p.host.match: regular expressions cannot be combined with http.parse "substring" of profile "p", which looks for names in raw bytes',
      ],
    },
  ])('$profile', expectSays);
});

describe('what has an effect is let through', () => {
  test.each([
    { profile: '{ preset: strict, position: on-path, hops: { aware: true, after: 1 } }' },
    { profile: '{ preset: first-payload, tcb: { create: synack, syn_payload: ignore } }' },
    { profile: '{ tcb: { create: none, teardown: { on: [] }, resync_on: [] } }' },
    { profile: '{ tcb: { eviction: newest }, fail_mode: closed }' },
    { profile: '{ stream: { limit: { packets: 3, on_limit: freeze } } }' },
    { profile: '{ stream: { mode: in-order, limit: { on_limit: drop } } }' },
    { profile: '{ validate: { seq: window }, tcb: { resync_on: [rst], on_second_syn: multi } }' },
    { profile: '{ dns: { udp: false, tcp: true, ports: any } }' },
    { profile: '{ quic: { crypto: reassembled, connections: ids } }' },
    {
      profile: '{ tls: { parse: substring, on_partial: drop, record_reassembly: 512 } }',
      trigger: '{ match: tls.client-hello, ech: true }',
    },
    {
      profile: '{ http: { parse: substring, whitespace: lenient } }',
      trigger: '{ match: http.url, keywords: [falun] }',
    },
    {
      profile: '{ stream: { limit: { bytes: 512 } } }',
      trigger: '{ match: quic.sni, domains: [meydan.tv] }',
      action: '{ do: drop }',
    },
  ])('$profile', (parts) => {
    expect(complaintsAbout(scenarioOf(parts))).toEqual([]);
  });
});

function expectSays({ profile, says }: { profile: string; says: readonly string[] }): void {
  expect(complaintsAbout(scenarioOf({ profile }))).toEqual(says.map((line) => `x.yaml:${line}`));
}
