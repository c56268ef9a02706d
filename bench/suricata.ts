import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Lab, Scenario } from 'chokepoint';
import { writeFile } from './programs.ts';

/** undefined where Suricata is not installed. */
export function suricataVersion(): string | undefined {
  const { stdout } = spawnSync('suricata', ['-V'], { encoding: 'utf8' });
  return /version (\d[\d.]*)/.exec(stdout ?? '')?.[1];
}

/** Suricata inline on the lab's wire with the scenario's rules; resolves when it forwards, and ends with the lab. */
export async function startSuricata(lab: Lab, scenario: Scenario): Promise<void> {
  const settings = await writeFile(lab, 'suricata.yaml', SETTINGS);
  const rules = await writeFile(lab, 'suricata.rules', rulesOf(scenario).join('\n'));
  const command = [
    'suricata',
    '-c',
    settings,
    '-S',
    rules,
    '-l',
    '/run/chokepoint/tmp',
    '--af-packet',
  ];
  const child = lab.spawn(
    'middlebox',
    [...command, '--runmode', 'workers'],
    ['ignore', 'pipe', 'pipe'],
  );
  const said: string[] = [];
  child.stderr?.on('data', (chunk) => said.push(String(chunk)));
  if (child.stdout === null) throw new Error('suricata has no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(`${line}\n`);
    if (!line.includes('Engine started')) continue;
    child.stdout.resume();
    return;
  }
  throw new Error(`suricata ended while it started: ${said.join('')}`);
}

/** What the scenario blocks: each domain and its subdomains, on any port. */
function rulesOf({ rules }: Scenario): string[] {
  const blocked = rules.flatMap(({ trigger }) => {
    const { match } = trigger;
    if (match !== 'http.host' && match !== 'tls.sni') return [];
    return (trigger.domains ?? []).map((domain) => ({ ...MATCHES[match], domain }));
  });
  return blocked.map(
    ({ protocol, buffer, domain }, i) =>
      `drop ${protocol} any any -> any any (msg:"${domain}"; ${buffer}; dotprefix; content:".${domain}"; endswith; sid:${i + 1};)`,
  );
}

const MATCHES = {
  'http.host': { protocol: 'http', buffer: 'http.host' },
  'tls.sni': { protocol: 'tls', buffer: 'tls.sni' },
} as const;

const side = (from: string, to: string, cluster: number): string => `
  - {interface: ${from}, copy-iface: ${to}, copy-mode: ips, threads: 1, cluster-id: ${cluster}, cluster-type: cluster_flow,
     use-mmap: yes, tpacket-v3: no, ring-size: 4096, defrag: no, checksum-checks: no}`;

/** Nothing that costs time beside the rules: no log, no statistics; memory enough to drop nothing for want of it. */
const SETTINGS = `%YAML 1.1
---
outputs: []
stats: {enabled: no}
unix-command: {enabled: no}
logging: {default-log-level: notice, outputs: [{console: {enabled: yes}}]}
vars: {address-groups: {HOME_NET: any, EXTERNAL_NET: any}, port-groups: {HTTP_PORTS: any}}
af-packet:${side('left', 'right', 98)}${side('right', 'left', 97)}
exception-policy: ignore
flow: {memcap: 512mb, hash-size: 65536, prealloc: 10000}
stream: {inline: auto, memcap: 512mb, checksum-validation: no, reassembly: {memcap: 512mb, depth: 1mb}}
app-layer: {protocols: {http: {enabled: yes}, tls: {enabled: yes, detection-ports: {dp: 443}}}}
`;
