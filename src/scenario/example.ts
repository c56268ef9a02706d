import { stringify } from 'yaml';

/** A complete scenario to begin with, as YAML: one rule, one row that it blocks, and one that it lets through. */
export function exampleScenario(id: string): string {
  return `${stringify({ id }).trimEnd()}
title: What this censor does, in a line
summary: Whom it blocks, where and when, in a few sentences.
sources:
  report: { title: Title of the report, publisher: Who wrote it, date: "2026-01-31", url: "https://example.org/report" }
period: { from: "2026-01-01T00:00:00Z" }
networks:
  isp: { asn: 64496, name: Name of the network, country: XX }
topology: { client: isp, middlebox: isp, near_rtt_ms: 2, far_rtt_ms: 20 }
origin: { http_ports: [80], tls_ports: [443], names: [blocked.example, allowed.example] }
profiles:
  packet: { preset: plain }
rules:
  - name: blocked site
    trigger: { match: tls.sni, domains: [blocked.example] }
    action: { do: reset, to: both }
evidence:
  - { fields: [period, networks, rules], status: documented, source: report, says: The sentence of the report that says so. }
  - { fields: [topology, origin, profiles], status: surrogate, because: the report does not say }
expect:
  - claim: the blocked name is reset
    probe: https
    urls: ["https://blocked.example/"]
    see: { failure: connection_reset }
  - claim: another name at the same address works
    negative_control: true
    probe: https
    urls: ["https://allowed.example/"]
    see: { failure: null, status: 200 }
`;
}
