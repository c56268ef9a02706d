import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenarioFile, openLab, type RowResult, runScenario, type Scenario } from 'chokepoint';
import { beforeAll, describe, expect, test } from 'vitest';
import { onHost, withFolder } from '../support/lab.ts';

/* Three networks: one lies in two phases, one has a zone of its own that it lets anybody fetch, one is honest. */
const SCENARIO = `
id: resolvers
title: Resolvers
summary: Resolvers
sources: {}
period: { from: "2022-09-13T12:00:00Z", to: "2022-09-22T00:00:00Z" }
phases: { denied: "2022-09-13T12:03:50Z", forged: "2022-09-16T00:00:00Z" }
networks:
  lying: { asn: 1, name: Lying, country: XX }
  tainted: { asn: 2, name: Tainted, country: XX }
  honest: { asn: 3, name: Honest, country: XX }
topology: { client: [lying, tainted, honest], middlebox: own, near_rtt_ms: 1, far_rtt_ms: 1 }
origin: { http_ports: [80], tls_ports: [443], names: [tiktok.com, example.org] }
resolvers:
  lying:
    names: [ns.lying.example]
    lies:
      - names: [tiktok.com]
        except: [api.tiktok.com]
        answer: nxdomain
        during: { from: "2022-09-13T12:03:50Z", to: "2022-09-16T00:00:00Z" }
      - names: [tiktok.com]
        except: [api.tiktok.com]
        answer: forged
        addresses: [95.216.36.80]
        ttl_s: 60
        during: { from: "2022-09-16T00:00:00Z", to: "2022-09-22T00:00:00Z" }
  tainted:
    address: 217.76.1.85
    names: [ns.mts.am]
    zones:
      - name: tiktok.com
        transfer: open
        ttl_s: 1800
        soa:
          mname: ns2.mts.am
          rname: ns.mts.am
          serial: 2020101600
          refresh_s: 3600
          retry_s: 600
          expire_s: 1296000
          minimum_s: 3600
        records:
          - { type: NS, data: ns2.mts.am }
          - { type: NS, data: ns.mts.am }
          - { type: A, data: 172.217.17.228 }
profiles: { plain: {} }
rules:
  - name: tiktok, TLS
    at: [tainted]
    trigger: { match: tls.sni, domains: [tiktok.com] }
    action: { do: drop }
evidence:
  - fields: [period, phases, networks, topology, origin, resolvers, profiles, rules]
    status: surrogate
    because: a test
expect:
  - claim: in the first phase the name does not exist
    phases: [denied]
    from: client-lying
    probe: dig
    ip: [4, 6]
    urls: ["dns:tiktok.com", "dns:www.tiktok.com?type=AAAA", "dns:TIKTOK.com"]
    see: { failure: dns_nxdomain_error, exit: 0, says: NXDOMAIN, addresses: [] }
  - claim: in the second phase it has an address that is not its own
    phases: [forged]
    from: client-lying
    probe: dig
    ip: [4, 6]
    urls: ["dns:tiktok.com", "dns:www.tiktok.com"]
    see: { failure: null, exit: 0, says: NOERROR 95.216.36.80, addresses: [95.216.36.80] }
  - claim: and no other
    phases: [forged]
    from: client-lying
    probe: dig
    urls: ["dns:tiktok.com?type=AAAA"]
    see: { failure: dns_no_answer, says: NOERROR, addresses: [] }
  - claim: names that are left out resolve
    negative_control: true
    phases: [denied, forged]
    from: client-lying
    probe: dig
    urls: ["dns:api.tiktok.com", "dns:example.org"]
    see: &truth { failure: null, exit: 0, addresses: [198.18.3.2] }
  - claim: another resolver tells the truth
    phases: [denied, forged]
    from: [client-lying, client-tainted]
    probe: dig
    urls: ["dns://server/tiktok.com", "dns://isp-honest/tiktok.com"]
    see: *truth
  - claim: so does that of another network to its own
    phases: [denied, forged]
    from: client-honest
    probe: dig
    urls: ["dns:tiktok.com", "dns:www.tiktok.com"]
    see: *truth
  - claim: a client's other programs are lied to as well
    phases: [denied]
    from: client-lying
    probe: curl
    urls: ["http://tiktok.com/"]
    see: { failure: "unknown_failure: curl 6: Could not resolve host: tiktok.com", exit: 6 }
  - claim: the zone has an address of its own
    from: client-tainted
    probe: dig
    urls: ["dns:tiktok.com"]
    see: { failure: null, exit: 0, addresses: [172.217.17.228] }
  - claim: the zone can be fetched
    from: [client-tainted, control]
    probe: dig
    ip: [4, 6]
    urls: ["dns://isp-tainted/tiktok.com?type=AXFR"]
    see:
      failure: null
      exit: 0
      says: "XFR size: 5 records (messages 1, bytes 196)"
      addresses: [172.217.17.228]
  - claim: whoever asks the resolver by its own address and name gets it too, on every network
    from: [client-lying, client-tainted, client-honest, control]
    probe: dig
    urls: ["dns://217.76.1.85/tiktok.com?type=AXFR", "dns://ns.mts.am/tiktok.com?type=AXFR"]
    see: { failure: null, exit: 0, addresses: [172.217.17.228] }
  - claim: its names have its address alone
    from: [client-lying, client-tainted, client-honest, control]
    probe: dig
    urls: ["dns:ns.mts.am", "dns:www.ns.mts.am"]
    see: { failure: null, exit: 0, addresses: [217.76.1.85] }
  - claim: its names have its address alone
    from: [client-tainted, control]
    probe: dig
    urls: ["dns:ns.mts.am?type=AAAA"]
    see: { failure: dns_no_answer, says: NOERROR, addresses: [] }
  - claim: names of a resolver without an address of its own have those of the lab
    from: [client-lying, client-honest, control]
    probe: dig
    urls: ["dns:ns.lying.example"]
    see: { failure: null, exit: 0, addresses: [198.18.1.1] }
  - claim: and that resolver lies to whoever asks it so
    phases: [denied]
    from: [client-honest, control]
    probe: dig
    ip: [4, 6]
    urls: ["dns://ns.lying.example/tiktok.com"]
    see: { failure: dns_nxdomain_error, exit: 0, says: NXDOMAIN, addresses: [] }
  - claim: no other can
    from: client-tainted
    probe: dig
    urls: ["dns:www.tiktok.com?type=AXFR", "dns:example.org?type=AXFR"]
    see: &refused { failure: dns_refused_error, exit: 0, says: Transfer failed. }
  - claim: nor from any other resolver
    from: client-tainted
    probe: dig
    urls: ["dns://isp-lying/tiktok.com?type=AXFR", "dns://server/tiktok.com?type=AXFR"]
    see: *refused
  - claim: with the true address TLS still times out
    from: client-tainted
    probe: https
    connect: server
    urls: ["https://tiktok.com/"]
    see: { failure: generic_timeout_error }
  - claim: nobody answers where there is no resolver
    from: client-honest
    probe: dig
    urls: ["dns://control/example.org"]
    see: { failure: connection_refused, exit: 9 }
`;

const scenario = await withFolder(async (folder): Promise<Scenario> => {
  const file = join(folder, 'resolvers.yaml');
  writeFileSync(file, SCENARIO);
  return loadScenarioFile(file);
});

describe('resolvers say what the scenario says of them', () => {
  let rows: readonly RowResult[];

  beforeAll(async () => {
    ({ rows } = await runScenario({ scenario }));
  });

  test('in every row', () => {
    const wrong = rows.filter(({ outcome }) => outcome !== 'passed');
    expect(wrong.map(({ claim, request, mismatches }) => [claim, request.url, mismatches])).toEqual(
      [],
    );
    expect(rows.length).toBeGreaterThan(30);
  });

  test('only in the phase that is asked for, if one is', async () => {
    const { rows: later } = await runScenario({ scenario, at: '2022-09-20T00:00:00Z' });
    expect(new Set(later.map(({ phase }) => phase))).toEqual(new Set(['forged']));
    expect(later.every(({ outcome }) => outcome === 'passed')).toBe(true);
  });
});

test('the transfer has the records of the report, line by line', async () => {
  const lab = await openLab({ scenario });
  try {
    const said = await onHost(lab, 'client-tainted', 'dig', '@isp-tainted', 'tiktok.com', 'axfr');
    const lines = said.split('\n').map((line) => line.replace(/\s+/g, ' '));
    const soa = 'tiktok.com. 1800 IN SOA ns2.mts.am. ns.mts.am. 2020101600 3600 600 1296000 3600';
    expect(lines.filter((line) => line.startsWith('tiktok.com.'))).toEqual([
      soa,
      'tiktok.com. 1800 IN NS ns2.mts.am.',
      'tiktok.com. 1800 IN NS ns.mts.am.',
      'tiktok.com. 1800 IN A 172.217.17.228',
      soa,
    ]);
    expect(lines).toContain(';; XFR size: 5 records (messages 1, bytes 196)');
  } finally {
    await lab.close();
  }
});
