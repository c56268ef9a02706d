import { plainWord } from '../base/name.ts';
import type { HostAddresses, Hosts } from './topology.ts';

/** A host's /etc/hosts: every host of the lab by its name. */
export function hostsFile(hosts: Hosts): string {
  const lines = Object.entries(hosts).flatMap(([name, { ipv4, ipv6 }]) => [
    [ipv4, name],
    [ipv6, name],
  ]);
  return linesOf('hosts', [['127.0.0.1', 'localhost'], ['::1', 'localhost'], ...lines]);
}

/** A host's /etc/resolv.conf. */
export function resolverFile({ ipv4, ipv6 }: HostAddresses): string {
  return linesOf('resolv.conf', [
    ['nameserver', ipv4],
    ['nameserver', ipv6],
  ]);
}

function linesOf(file: string, lines: readonly (readonly string[])[]): string {
  return lines.map((line) => `${line.map((word) => plainWord(word, file)).join(' ')}\n`).join('');
}
