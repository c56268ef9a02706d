import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Measurement } from '../../src/ooni/measurement.ts';
import { openPlace } from '../support/cli.ts';

/*
 * OONI's tests in a lab whose box sees copies of packets: it answers questions of DNS before the resolver does, and resets
 * handshakes. Its resolver over HTTPS it does not touch.
 */

const SCENARIO = `
id: watched
title: Watched
summary: A box beside the wire
sources: {}
period: { from: "2021-03-04T05:06:07Z" }
networks: { isp: { asn: 64496, name: A provider, country: XX } }
topology: { client: isp, middlebox: isp, near_rtt_ms: 2, far_rtt_ms: 60, near_hops: 2 }
origin: { http_ports: [80], tls_ports: [443], names: [blocked.example, free.example], doh: dns.free.example }
profiles: { beside: { position: on-path } }
rules:
  - name: answers
    trigger: { match: dns.qname, domains: [blocked.example] }
    action: { do: dns, answer: forged, addresses: [198.51.100.7] }
  - name: handshakes
    trigger: { match: tls.sni, domains: [blocked.example] }
    action: { do: reset, to: both, flags: R, rest: pass }
evidence: [{ fields: [period, networks, topology, origin, profiles, rules], status: surrogate, because: a test }]
expect:
  - claim: a question that is answered twice
    probe: dnscheck
    urls: ["dns://server/blocked.example"]
    see: { failure: null, addresses: [198.51.100.7], answers: 2 }
  - claim: and one that is not
    probe: dnscheck
    urls: ["dns://server/free.example"]
    see: { failure: null, answers: 1 }
  - claim: a handshake that is reset
    probe: sni_blocking
    urls: ["https://blocked.example/"]
    control: free.example
    see: { failure: connection_reset, result: interference.reset }
  - claim: and one that is not
    probe: sni_blocking
    urls: ["https://free.example/"]
    control: free.example
    see: { failure: null, result: success.got_server_hello }
  - claim: the box is behind the second router
    probe: tlsmiddlebox
    urls: ["https://blocked.example/"]
    control: free.example
    see: { failure: connection_reset, hop: 3 }
  - claim: connections are made
    probe: tcpping
    urls: ["tcp://free.example:443"]
    see: { failure: null }
  - claim: and refused
    probe: tcpping
    urls: ["tcp://free.example:444"]
    see: { failure: connection_refused }
  - claim: the provider's resolver is before the box, so DNS is right; the page over HTTPS is not to be had
    probe: web_connectivity
    urls: ["https://blocked.example/"]
    timeout_s: 2
    see: { failure: connection_reset, blocking: http-failure, accessible: false, dns_consistency: consistent }
  - claim: nothing is wrong, whichever version of IP
    negative_control: true
    probe: web_connectivity
    urls: ["https://free.example/"]
    ip: [4, 6]
    see: { failure: null, blocking: false, accessible: true, dns_consistency: consistent, blocking_flags: 32 }
`;

test("OONI tests see what a box beside the wire does, and write it down in OONI's format", async () => {
  const place = openPlace();
  place.write('watched.yaml', SCENARIO);
  const { stdout, exitCode } = await place.run(['run', 'watched.yaml', '--out', 'out']);
  expect(stdout).toContain('as expected (10 of 10 passed');
  expect(exitCode).toBe(0);
  const measured = linesOf(join(place.cwd, 'out', 'measurements.jsonl'));
  expect(measured).toHaveLength(10);
  for (const one of measured) {
    expect(Measurement.safeParse(one).error?.issues).toBeUndefined();
    expect(one).toMatchObject({ probe_asn: 'AS64496', probe_cc: 'XX', resolver_asn: 'AS64496' });
    expect(one.measurement_start_time).toMatch(/^2021-03-04 05:0[6-9]:\d\d$/);
  }
  // The resolver's name is looked up before it is asked, by the same clock.
  const checks = measured.filter(({ test_name }) => test_name === 'dnscheck');
  for (const { bootstrap, lookups = {} } of checks.map(({ test_keys }) => test_keys)) {
    const [asked] = Object.values(lookups).flatMap(({ queries }) => queries);
    expect(asked?.t0).toBeGreaterThanOrEqual(bootstrap?.queries[0]?.t as number);
  }
  expect(checks).toHaveLength(2);
  const web = measured.find(({ input }) => input === 'https://blocked.example/')?.test_keys;
  // By all three: the provider's own resolver, one over UDP that is lied for, and one over HTTPS that is not.
  expect(web?.queries?.map(({ engine, answers }) => [engine, answers?.[0]?.ipv4])).toEqual(
    expect.arrayContaining([
      ['getaddrinfo', '198.18.3.2'],
      ['udp', '198.51.100.7'],
      ['doh', '198.18.3.2'],
    ]),
  );
  expect(web?.x_dns_duplicate_responses?.map(({ answers }) => answers?.[0]?.ipv4)).toEqual([
    '198.18.3.2',
  ]);
});

test('probe makes one measurement where it is run, for people and as a line of JSON', async () => {
  const place = openPlace();
  place.write('watched.yaml', SCENARIO);
  await place.run(['up', 'watched.yaml']);
  const inside = (...args: string[]) =>
    place.run(['exec', 'client', '--', 'chokepoint', 'probe', ...args]);
  const said = await inside(
    'sni_blocking',
    'https://blocked.example/',
    '--control',
    'free.example',
  );
  expect(said.stdout).toContain('result          interference.reset');
  const { stdout } = await inside('web_connectivity', 'http://free.example/', '--json');
  const [line = ''] = stdout.split('\n');
  expect(Measurement.safeParse(JSON.parse(line)).error?.issues).toBeUndefined();
  expect(JSON.parse(line)).toMatchObject({ test_keys: { blocking: false, accessible: true } });
  const nowhere = await inside('https', 'https://free.example/', '--connect', 'nope');
  expect(nowhere).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /--connect: expected a host of this lab \(client, .*\); found "nope"/,
    ),
  });
  // By POST, as any client of DNS over HTTPS may ask.
  const doh = [
    '--doh-url',
    'https://dns.free.example/dns-query',
    '-sS',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
  ];
  const page = await place.run([
    'exec',
    'client',
    '--',
    'curl',
    '-4',
    ...doh,
    'https://free.example/',
  ]);
  expect([page.stdout, page.exitCode]).toEqual(['200', 0]);
  expect((await place.run(['down'])).exitCode).toBe(0);
});

test.each([
  [['nothing', 'https://free.example/'], /there is no probe "nothing"/],
  [['tcp', 'https://free.example/'], /a probe tcp takes tcp; found "https:/],
  [['https', 'free.example'], /expected a URL such as/],
  [['tcp', 'tcp://free.example'], /expected tcp:\/\/HOST:PORT/],
  [['sni_blocking', 'https://free.example/', '--control', 'a b'], /--control: .*; found "a b"/],
  [['http', 'http://free.example/', '--host', 'a\nb: c'], /--host: expected a text of one line/],
  [['tcp', 'tcp://127.0.0.1:1'], /made on a host of a lab; found none here/],
  [['sni_blocking', 'https://free.example/'], /needs `control`/],
  [['https', 'https://free.example/', '--ip', '5'], /--ip: expected 4 or 6; found "5"/],
  [
    ['https', 'https://free.example/', '--timeout', '0'],
    /--timeout: expected a whole number from 1 to 60; found "0"/,
  ],
  [
    ['dnscheck', 'dns:free.example', '--timeout', '1'],
    /only a probe .* can do this; found dnscheck/,
  ],
  [['tor', 'https://free.example/', '--timeout', '5'], /only a probe .* can do this; found tor/],
  [['tor', 'https://free.example/', '--ip', '6'], /--ip: the Tor network is IPv4 alone; found 6/],
  [['web_connectivity', 'https://free.example/'], /made on a host of a lab; found none here/],
])('probe %j is refused with a word on what is wrong', async (args, complaint) => {
  const { exitCode, stderr } = await openPlace().run(['probe', ...args]);
  expect(stderr).toMatch(complaint);
  expect(exitCode).toBe(2);
});

interface Line {
  readonly input: string;
  readonly test_name: string;
  readonly measurement_start_time: string;
  readonly test_keys: Readonly<
    Record<'queries' | 'x_dns_duplicate_responses', readonly Answered[] | undefined>
  > & {
    readonly bootstrap?: { readonly queries: readonly Timed[] };
    readonly lookups?: Readonly<Record<string, { readonly queries: readonly Timed[] }>>;
  };
}

interface Timed {
  readonly t0: number;
  readonly t: number;
}

interface Answered {
  readonly engine: string;
  readonly answers: readonly { readonly ipv4?: string }[] | null;
}

function linesOf(file: string): Line[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
}
